-- The hot path: completions of several workers of one stage are taken, then each worker is leased the
-- lowest tasks that it can do. Argument: [rules, stage, caller, call, exchanges]; one exchange is
-- [worker, lease_max, completions, capabilities].
-- Answer, flat because Redis looks for seven fields in every table it answers: per exchange a verdict
-- letter per completion, the count of leases, and each lease: task, height, group, fence, attempt, number
-- or -1, blob or '', payload, count of inputs, and each input: blob or '', bytes. Then the stages woken.
--
-- A repeated call (its reply was lost) completes nothing twice, because its fences have been used. The
-- leases that it gave are remembered under :reply:<caller> and given again to the same workers; those
-- that no longer fit go back to the queue. A try that arrives when its caller has given it up and a later one
-- has been carried out does nothing: nobody would hear of what it leases.

-- What the caller has to hold for a value: it fetches blobs for itself.
local function count_value(u, reference, bytes)
  local size = #bytes
  if reference ~= '' then
    local _
    _, size = split_blob(reference)
  end
  u.lease_bytes = u.lease_bytes + size
end

-- The values of a task's inputs, and the slots whose value is missing.
local function read_inputs(u, t)
  local inputs, lost = {}, {}
  local slots, stored = all_slots(u, t.id), {}
  local inline = redis.call('HGETALL', u.tag .. ':i:' .. t.id)
  for i = 1, #inline, 2 do stored[tonumber(inline[i])] = inline[i + 1] end
  for slot = 0, t.width - 1 do
    local value = LOST
    if slots[slot] and not t.released then
      local _
      _, value = split_entry(slots[slot])
    end
    local is_inline = type(value) == 'number'
    local bytes = is_inline and value > 0 and (stored[slot] or '') or ''
    local present = is_inline and #bytes == value or
                    not is_inline and value ~= LOST and blob_present(u, value)
    if not present then lost[#lost + 1] = slot end
    local reference = present and not is_inline and value or ''
    inputs[#inputs + 1] = reference
    inputs[#inputs + 1] = bytes
    count_value(u, reference, bytes)
  end
  return inputs, lost
end

-- Inline payloads of these tasks, by task; false where one is missing.
local function read_payloads(u, tasks)
  local keys, owners, payloads = {}, {}, {}
  for _, t in ipairs(tasks) do
    if type(t.payload) == 'number' and t.payload > SMALL then
      keys[#keys + 1] = u.tag .. ':p:' .. t.id
      owners[#owners + 1] = t.id
    end
  end
  for i = 1, #keys, CHUNK do
    local last = math.min(i + CHUNK - 1, #keys)
    for j, bytes in ipairs(redis.call('MGET', unpack(keys, i, last))) do payloads[owners[i + j - 1]] = bytes end
  end
  return payloads
end

local NONE = {}

-- The lease of a task that can run; nil when it must wait.
local function prepare(u, t, payloads)
  local bytes, reference, gone = '', '', false
  if type(t.payload) == 'string' then
    reference = t.payload
    gone = not blob_present(u, reference)
  elseif t.payload ~= 0 then
    bytes = t.small or payloads[t.id] or ''
    gone = #bytes ~= t.payload
  end
  local inputs, lost = NONE, NONE
  if t.width then inputs, lost = read_inputs(u, t) end
  if gone or #lost > 0 then
    wait_for(u, t, gone, lost)
    return nil
  end
  count_value(u, reference, bytes)
  return {task = t, reference = reference, bytes = bytes, inputs = inputs}
end

local function grant(u, seat, lease, fence)
  local t = lease.task
  t.open, t.worker, t.fence = true, seat.worker, fence
  if t.state == 'leased' then
    place(u, u.tag .. ':leased:' .. t.stage, t.id, u.now + u.rules[LEASE_MS])
  else
    move(u, t, 'leased', u.now + u.rules[LEASE_MS])
  end
  seat.leased[#seat.leased + 1] = lease
end

-- Gives the leases of the lost reply again.
local function lease_again(u, stage, caller, call, seats)
  local raw = redis.call('HGET', u.tag .. ':reply:' .. caller, 'leases')
  local stored = raw and cmsgpack.unpack(raw)
  if not stored or stored[1] ~= call then return end
  local by_worker = {}
  for _, seat in ipairs(seats) do by_worker[seat.worker] = seat end
  for i = 2, #stored, 3 do
    local worker, id, fence = stored[i], stored[i + 1], stored[i + 2]
    local t = get(u, id)
    if t and t.open and t.fence == fence and t.state == 'leased' and t.stage == stage then
      local seat = by_worker[worker]
      if seat and #seat.leased < seat.max and seat.can[t.needs or ''] then
        local lease = prepare(u, t, read_payloads(u, {t}))
        if lease then grant(u, seat, lease, fence) end
      else
        close(t, fence, 'h')
        offer(u, t)
      end
    end
  end
end

-- Room in all seats, and in those that can do what needs it, by need.
local function count_room(seats)
  local room, by_need = 0, {}
  for _, seat in ipairs(seats) do
    local free = seat.max - #seat.leased
    if free > 0 then
      room = room + free
      for need in pairs(seat.can) do by_need[need] = (by_need[need] or 0) + free end
    end
  end
  return room, by_need
end

local function lower(a, b) return a.height < b.height or a.height == b.height and a.id < b.id end

-- The lowest ready tasks that somebody with room can do, lowest first, and whether others were found in
-- their place.
local function candidates(u, stage, by_need)
  local tasks, stray, queues = {}, false, 0
  for need, room in pairs(by_need) do
    local ready = ready_key(u, stage, need)
    if u.zsets[ready] then flush(u) end
    local ids = redis.call('ZRANGE', ready, 0, room - 1)
    if #ids > 0 then
      queues = queues + 1
      load(u, ids, stage)
      for _, id in ipairs(ids) do
        local t = get(u, id)
        if t and t.state == 'ready' then
          tasks[#tasks + 1] = t
        else
          place(u, ready, id, false)
          stray = true
        end
      end
    end
  end
  if queues > 1 then table.sort(tasks, lower) end
  return tasks, stray
end

-- Gives each task to the first seat that has room and can do it. Returns the tasks that got one and the seat of
-- each, in the order of the seats, and the lowest first in each.
local function assign(tasks, seats, room)
  local shares, free, first = {}, {}, 1
  for s, seat in ipairs(seats) do shares[s], free[s] = {}, seat.max - #seat.leased end
  for _, t in ipairs(tasks) do
    if room == 0 then break end
    while free[first] <= 0 do first = first + 1 end
    for s = first, #seats do
      if free[s] > 0 and seats[s].can[t.needs or ''] then
        free[s], room = free[s] - 1, room - 1
        shares[s][#shares[s] + 1] = t
        break
      end
    end
  end
  local chosen, places = {}, {}
  for s, share in ipairs(shares) do
    for _, t in ipairs(share) do chosen[#chosen + 1], places[#places + 1] = t, seats[s] end
  end
  return chosen, places
end

local FENCES_PER_MS = 1000   -- more than any Redis grants
local FENCE_MS_MAX = 2 ^ 42  -- in 2109; the clock no longer counts then, and fences stay below 2^53

-- The last fence may be forgotten, by a Redis that comes back as it was a moment ago. Time has passed since, so no
-- fence is given twice that is at least what the clock says.
local function next_fence(u, last)
  return math.max(last + 1, math.min(u.now, FENCE_MS_MAX) * FENCES_PER_MS)
end

-- One pass over the lowest ready tasks. Returns true when another pass may find more.
local function lease_pass(u, stage, seats)
  local room, by_need = count_room(seats)
  if room == 0 then return false end
  local tasks, again = candidates(u, stage, by_need)
  local chosen, places = assign(tasks, seats, room)
  local payloads, numbers = read_payloads(u, chosen), pool(u)
  for i, t in ipairs(chosen) do
    local lease = prepare(u, t, payloads)
    if not lease then return true end  -- what runs again may be lower than the rest
    numbers[FENCE], u.dirty_pool = next_fence(u, numbers[FENCE]), true
    grant(u, places[i], lease, numbers[FENCE])
    if u.lease_bytes > LEASE_BYTES then return false end
  end
  return again
end

local function lease(u, stage, seats)
  for _ = 1, STEP do
    if not lease_pass(u, stage, seats) then return end
  end
end

local TRY = '>dd'

-- Whether a later try of the caller's exchanges was carried out. Each that leases is remembered, and each
-- that repeats one: an earlier one may still be on its way.
local function is_late(u, caller, call, try)
  local raw = redis.call('HGET', u.tag .. ':reply:' .. caller, 'try')
  if not raw then return false end
  local last_call, last_try = struct.unpack(TRY, raw)
  return call < last_call or call == last_call and try < last_try
end

-- Keeps what a repeated call needs, and the callers few: programs come and go.
local function remember(u, caller, call, try, seats)
  local stored = {call}
  for _, seat in ipairs(seats) do
    for _, lease in ipairs(seat.leased) do
      stored[#stored + 1] = seat.worker
      stored[#stored + 1] = lease.task.id
      stored[#stored + 1] = lease.task.fence
    end
  end
  if #stored > 1 or try > 0 then
    field(u, u.tag .. ':reply:' .. caller, 'try', struct.pack(TRY, call, try))
    field(u, u.tag .. ':reply:' .. caller, 'leases', cmsgpack.pack(stored))
  end
  if call % CALLERS ~= 1 then return end
  local callers = u.tag .. ':callers'
  local others = redis.call('ZSCORE', callers, caller) and CALLERS or CALLERS - 1
  for _, old in ipairs(redis.call('ZRANGE', callers, 0, -others - 1)) do
    place(u, callers, old, false)
    if old ~= caller then u.keys[u.tag .. ':reply:' .. old] = false end
  end
  place(u, callers, caller, u.now)
end

local function answer_lease(out, lease)
  local t, n = lease.task, #out
  out[n + 1], out[n + 2], out[n + 3], out[n + 4] = t.id, t.height, t.group, t.fence
  out[n + 5], out[n + 6], out[n + 7] = t.attempts + t.deaths + 1, t.number or -1, lease.reference
  out[n + 8], out[n + 9] = lease.bytes, #lease.inputs / 2
  for i, value in ipairs(lease.inputs) do out[n + 9 + i] = value end
end

local function exchange(keys, args)
  local u, request = open_unit(keys, args)
  local _, stage, caller, call, exchanges = unpack(request)
  local try = tonumber(args[#args])
  if is_late(u, caller, call, try) then return {err = 'CAIRN_LATE a later try of this call was carried out'} end
  u.lease_bytes = 0
  local all, seats, verdicts, answer = {}, {}, {}, {}
  for _, e in ipairs(exchanges) do
    for _, completion in ipairs(e[3]) do all[#all + 1] = completion end
  end
  local done
  if #all > 0 then
    load_for(u, stage, all)
    done = totals(u, stage)[DONE]
  end
  for i, e in ipairs(exchanges) do
    local letters = {}
    for j, completion in ipairs(e[3]) do letters[j] = complete(u, stage, completion) end
    verdicts[i] = table.concat(letters)
    seats[i] = {worker = e[1], max = e[2], leased = {}, can = {[''] = true}}
    for _, capability in ipairs(e[4]) do seats[i].can[capability] = true end
  end
  if u.ending then
    flush(u)
    sweep_ending(u, STEP)
  end
  reap(u, stage, STEP)
  promote(u, stage, STEP)
  if try > 0 then lease_again(u, stage, caller, call, seats) end
  lease(u, stage, seats)
  remember(u, caller, call, try, seats)
  flush(u)
  for i, seat in ipairs(seats) do
    answer[#answer + 1] = verdicts[i]
    answer[#answer + 1] = #seat.leased
    for _, one in ipairs(seat.leased) do answer_lease(answer, one) end
  end
  for _, one in ipairs(woken(u, stage)) do answer[#answer + 1] = one end
  -- Forgetting keeps up with what is done, at twice its pace.
  local steps = done and math.floor(totals(u, stage)[DONE] / 50) - math.floor(done / 50) or 0
  if steps > 0 then forget(u, math.min(steps * STEP, 10 * STEP)) end
  return answer
end
