-- The life of one task: every change of state goes through move(), every use of a lease through
-- verdict().

local INDEXED = {ready = true, leased = true, delayed = true, dead = true}  -- in a sorted set
local WORKER_GONE = 'its worker stopped answering, %d times; the last was %s'
local LOST_WAITS = 'a stored payload or input was lost; what made it runs again'
local LOST_ALONE = 'its stored payload was lost and nothing in the pool can make it again: submit it again'

local function live(state) return INDEXED[state] or state == 'waiting' end

-- The ready tasks of a stage that need this capability, '' for none.
local function ready_key(u, stage, need) return u.tag .. ':ready:' .. stage .. (need ~= '' and ':' .. need or '') end

-- Where a task in `state` is indexed.
local function queue(u, t, state)
  if state == 'ready' then return ready_key(u, t.stage, t.needs or '') end
  return u.tag .. ':' .. state .. ':' .. t.stage
end

local function move(u, t, state, score)
  local was, is = live(t.state), live(state)
  if was ~= is then total(u, t.stage, LIVE, is and 1 or -1) end
  if t.state == 'waiting' then
    total(u, t.stage, WAITING, -1)
  elseif INDEXED[t.state] then
    place(u, queue(u, t, t.state), t.id, false)
  end
  if t.state == 'dead' then
    place(u, u.tag .. ':dead', t.id, false)
    count_dead(u, t.group, -1)
  end
  if state == 'waiting' then
    total(u, t.stage, WAITING, 1)
  elseif INDEXED[state] then
    place(u, queue(u, t, state), t.id, score)
  end
  if state == 'dead' then
    place(u, u.tag .. ':dead', t.id, score)
    count_dead(u, t.group, 1)
  elseif state == 'ready' then
    u.woken[t.stage] = true
    if t.needs then place(u, u.tag .. ':needs:' .. t.stage, t.needs, 0) end
  end
  t.state, t.since = state, u.now
  u.dirty[t.id] = t
end

-- To where a task belongs that nobody works on.
local function offer(u, t)
  if t.payload == GONE or (t.waits or 0) > 0 then
    move(u, t, 'waiting')
  elseif (t.due or 0) > u.now then
    move(u, t, 'delayed', t.due)
  else
    t.due = nil
    move(u, t, 'ready', t.height)
  end
end

local function kill(u, t, reason)
  t.reason = reason
  move(u, t, 'dead', u.now)
end

local function cancel_task(u, t)
  release_payload(u, t)
  release_inputs(u, t)
  t.open = false
  move(u, t, 'cancelled')
end

-- The record of a task, false when unknown. One of an ended group is cancelled on the way.
local function get(u, id)
  local t = u.records[id]
  if t == nil then
    load(u, {id})
    t = u.records[id]
  end
  if t and t.group ~= '' and live(t.state) and some_ending(u) and over(u, t.group) then
    cancel_task(u, t)
  end
  return t
end

-- Deletes all that is known of a task whose values are released.
local function forget_task(u, t)
  u.keys[u.tag .. ':t:' .. t.id] = false
  if t.width then u.keys[u.tag .. ':s:' .. t.id] = false end
  u.records[t.id] = false
  u.dirty[t.id] = nil
end

-- What the caller's fence is worth: 'o' ok, 'd' duplicate, 's' stale. `how` as in record.lua.
local function verdict(u, id, stage, fence, how)
  local t = get(u, id)
  if t and t.stage == stage and fence > 0 then
    if t.open and t.fence == fence then return 'o', t end
    if how and t.ended == fence and t.how == how then return 'd', t end
  end
  if how ~= 'h' then total(u, stage, STALE, 1) end
  return 's'
end

local function close(t, fence, how) t.open, t.ended, t.how = false, fence, how end

-- The maker of something lost runs again, if it was done. Returns false when it never will.
local function rerun(u, id)
  local t = id and id ~= '' and get(u, id)
  if not t or t.state == 'cancelled' then return false end
  if t.state == 'done' then
    t.attempts, t.deaths, t.open, t.redo = 0, 0, false, true
    move(u, t, 'ready', t.height)
  end
  return true
end

-- A task cannot run: its payload is gone (or was never there), or the inputs in `slots` are. It waits
-- for exactly those, and their makers run again.
local function wait_for(u, t, payload_gone, slots)
  local makers, alone = {}, false
  if payload_gone then
    release_payload(u, t)
    makers[1] = t.from or ''
  end
  for _, slot in ipairs(slots) do
    local entry = slot_entry(u, t.id, slot)
    if t.released then
      local feeder = entry and split_entry(entry) or ''
      set_entry(u, t.id, slot, feeder, LOST)
      makers[#makers + 1] = feeder
    else
      makers[#makers + 1] = lose_input(u, t.id, slot, entry)
    end
    t.waits = (t.waits or 0) + 1
  end
  t.released = nil
  move(u, t, 'waiting')
  for _, id in ipairs(makers) do alone = not rerun(u, id) or alone end
  t.reason = alone and LOST_ALONE or LOST_WAITS
end

-- Counts a failure; `ms` until the next attempt doubles with each.
local function count_failure(u, t, permanent, reason)
  t.attempts = t.attempts + 1
  total(u, t.stage, FAILURES, 1)
  if permanent or t.attempts >= u.rules[ATTEMPTS_MAX] then return kill(u, t, reason) end
  t.reason = reason
  local delay = u.rules[BACKOFF_MS] * 2 ^ math.min(t.attempts - 1, 40)
  t.due = u.now + math.min(delay, u.rules[BACKOFF_MAX_MS])
  offer(u, t)
end
