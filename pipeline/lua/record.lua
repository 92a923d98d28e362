-- One task as Redis stores it: a packed record under :t:<task>. What every task has is a fixed layout;
-- what few have follows as a packed map.
--
--   state     waiting, delayed, ready, leased, done, dead or cancelled
--   since     when it came to that state, ms
--   fence     of the present or last lease; `open` while that lease may still be used: it is so after
--             the deadline too, until another lease is given
--   ended     the last fence that its holder ended, and `how`: 'c' completed, 'f' failed, 'h' handed back
--   payload   a number: that many bytes, in `small` here up to SMALL and else under :p:<task>;
--             "<sha256>:<size>": a blob; GONE: released or lost
--
--   from      the task that emitted it
--   first     it began its group: its payload stays until the group ends
--   feed, slot     where its output goes
--   width, waits   inputs in all, and inputs still missing
--   released  the inputs were released when it was done; their feeders are still known
--   redo      it was done before and runs again because something it made was lost
--   due       not ready before this, ms
--   number    the last number granted
--   reason    of the last failure
--   needs     the capability that its worker must have

local GONE = -1
local BLOB = -2  -- as the packed payload: the map has the blob's name
local SMALL = 512
local LAYOUT = '>BBdddddI4I4Bc0Bc0Bc0Hc0'
local STATES = {'waiting', 'delayed', 'ready', 'leased', 'done', 'dead', 'cancelled'}
local STATE_CODES = {waiting = 1, delayed = 2, ready = 3, leased = 4, done = 5, dead = 6, cancelled = 7}
local HOWS = {'', 'c', 'f', 'h'}
local HOW_CODES = {[''] = 1, c = 2, f = 3, h = 4}
local OPEN = 8  -- added to the code of `how`

-- What few tasks have; nil when this one has nothing of it.
local function rare_fields(t)
  if not (t.from or t.first or t.feed or t.width or t.redo or t.due or t.number or t.reason or t.needs) and
     type(t.payload) == 'number' then
    return nil
  end
  return {from = t.from, first = t.first, feed = t.feed, slot = t.slot, width = t.width,
          waits = t.waits, released = t.released, redo = t.redo, due = t.due, number = t.number,
          reason = t.reason, needs = t.needs, blob = type(t.payload) == 'string' and t.payload or nil}
end

local function encode(t)
  local small = t.small or ''
  local packed = struct.pack(LAYOUT, STATE_CODES[t.state], (t.open and OPEN or 0) + HOW_CODES[t.how],
                             t.height, t.since, t.fence, t.ended,
                             type(t.payload) == 'number' and t.payload or BLOB, t.attempts, t.deaths,
                             #t.stage, t.stage, #t.group, t.group, #t.worker, t.worker, #small, small)
  local rare = rare_fields(t)
  return rare and packed .. cmsgpack.pack(rare) or packed
end

local function decode(id, raw)
  local ok, state, flags, height, since, fence, ended, payload, attempts, deaths, stage, group, worker,
        small, rest = pcall(struct.unpack, LAYOUT, raw)
  local open = ok and flags >= OPEN
  local how = ok and HOWS[open and flags - OPEN or flags]
  state = ok and STATES[state]
  if not (state and how) then corrupt('the record of task ' .. id) end
  local t = {id = id, state = state, stage = stage, height = height, group = group, since = since,
             fence = fence, open = open, ended = ended, how = how, attempts = attempts,
             deaths = deaths, worker = worker, payload = payload, small = small ~= '' and small or nil}
  if rest <= #raw then
    local fine, rare = pcall(cmsgpack.unpack, raw:sub(rest))
    if not fine or type(rare) ~= 'table' then corrupt('the record of task ' .. id) end
    for name, value in pairs(rare) do t[name] = value end
  end
  if payload == BLOB then
    if type(t.blob) ~= 'string' then corrupt('the record of task ' .. id) end
    t.payload, t.blob = t.blob, nil
  end
  return t
end
