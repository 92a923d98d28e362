-- The hot path: completions of several workers of one stage are taken, then each worker is leased the
-- lowest tasks. Argument: [rules, stage, caller, call, exchanges]; one exchange is
-- [worker, lease_max, completions].
-- Answer: [exchanges, woken stages]; one exchange is [a verdict letter per completion, leases], a lease
-- is [task, height, group, fence, attempt, number or -1, blob or '', payload, inputs], and inputs are
-- blob or '', bytes, blob or '', bytes, …
--
-- A repeated call (its reply was lost) completes nothing twice, because its fences have been used. The
-- leases that it gave are remembered under :reply:<caller> and given again to the same workers; those
-- that no longer fit go back to the queue.

-- The values of a task's inputs, and the slots whose value is missing.
local function read_inputs(u, t)
  local inputs, lost = {}, {}
  if not t.more.width then return inputs, lost end
  local slots, stored = all_slots(u, t.id), {}
  local inline = redis.call('HGETALL', u.tag .. ':i:' .. t.id)
  for i = 1, #inline, 2 do stored[tonumber(inline[i])] = inline[i + 1] end
  for slot = 0, t.more.width - 1 do
    local value = LOST
    if slots[slot] and not t.more.released then
      local _
      _, value = split_entry(slots[slot])
    end
    local is_inline = type(value) == 'number'
    local bytes = is_inline and value > 0 and (stored[slot] or '') or ''
    local present = is_inline and #bytes == value or
                    not is_inline and value ~= LOST and blob_present(u, value)
    if not present then lost[#lost + 1] = slot end
    inputs[#inputs + 1] = is_inline and '' or value
    inputs[#inputs + 1] = bytes
    u.reply_bytes = u.reply_bytes + #bytes
  end
  return inputs, lost
end

-- Inline payloads of these tasks, by task; false where one is missing.
local function read_payloads(u, tasks)
  local keys, owners, payloads = {}, {}, {}
  for _, t in ipairs(tasks) do
    if type(t.payload) == 'number' and t.payload > 0 then
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

-- The lease of a task that can run, as it is answered but for the fence; nil when it must wait.
local function prepare(u, t, payloads)
  local bytes, reference, gone = '', '', false
  if type(t.payload) == 'string' then
    reference = t.payload
    gone = not blob_present(u, reference)
  elseif t.payload ~= 0 then
    bytes = payloads[t.id] or ''
    gone = #bytes ~= t.payload
  end
  local inputs, lost = read_inputs(u, t)
  if gone or #lost > 0 then
    wait_for(u, t, gone, lost)
    return nil
  end
  u.reply_bytes = u.reply_bytes + #bytes
  return {t.id, t.height, t.group, 0, t.attempts + t.deaths + 1, t.more.number or -1, reference, bytes,
          inputs}
end

local function grant(u, seat, t, item)
  t.open, t.worker = true, seat.worker
  if t.state == 'leased' then
    place(u, u.tag .. ':leased:' .. t.stage, t.id, u.now + u.rules.lease_ms)
  else
    move(u, t, 'leased', u.now + u.rules.lease_ms)
  end
  seat.leased[#seat.leased + 1] = item
end

-- Gives the leases of the lost reply again.
local function lease_again(u, stage, caller, call, seats)
  local raw = redis.call('GET', u.tag .. ':reply:' .. caller)
  local stored = raw and cmsgpack.unpack(raw)
  if not stored or stored[1] ~= call then return end
  local by_worker = {}
  for _, seat in ipairs(seats) do by_worker[seat.worker] = seat end
  for i = 2, #stored, 3 do
    local worker, id, fence = stored[i], stored[i + 1], stored[i + 2]
    local t = get(u, id)
    if t and t.open and t.fence == fence and t.state == 'leased' and t.stage == stage then
      local seat = by_worker[worker]
      if seat and #seat.leased < seat.max then
        local item = prepare(u, t, read_payloads(u, {t}))
        if item then
          item[4] = fence
          grant(u, seat, t, item)
        end
      else
        close(t, fence, 'h')
        offer(u, t)
      end
    end
  end
end

-- One pass over the lowest ready tasks. Returns true when another pass may find more.
local function lease_pass(u, stage, seats, room)
  local ready = u.tag .. ':ready:' .. stage
  if u.zsets[ready] then flush(u) end
  local ids = redis.call('ZRANGE', ready, 0, room - 1)
  if #ids == 0 then return false end
  load(u, ids)
  local tasks = {}
  for _, id in ipairs(ids) do
    local t = get(u, id)
    if t and t.state == 'ready' then
      tasks[#tasks + 1] = t
    else
      place(u, ready, id, false)
    end
  end
  local payloads, granted, again, s = read_payloads(u, tasks), {}, #tasks < #ids, 1
  for _, t in ipairs(tasks) do
    local item = prepare(u, t, payloads)
    again = again or not item
    if not item then break end  -- what runs again may be lower than the rest
    while #seats[s].leased >= seats[s].max do s = s + 1 end
    grant(u, seats[s], t, item)
    granted[#granted + 1] = {t, item}
    if u.reply_bytes > REPLY_BYTES then break end
  end
  if #granted > 0 then
    local last = redis.call('INCRBY', u.tag .. ':fence', #granted)
    for i, pair in ipairs(granted) do
      local fence = last - #granted + i
      pair[1].fence, pair[2][4] = fence, fence
    end
    u.leases, u.fence = u.leases + #granted, last
  end
  return again and u.reply_bytes <= REPLY_BYTES
end

local function lease(u, stage, seats)
  for _ = 1, STEP do
    local room = 0
    for _, seat in ipairs(seats) do room = room + math.max(0, seat.max - #seat.leased) end
    if room == 0 or not lease_pass(u, stage, seats, room) then return end
  end
end

local function remember(u, caller, call, seats)
  local stored = {call}
  for _, seat in ipairs(seats) do
    for _, item in ipairs(seat.leased) do
      stored[#stored + 1] = seat.worker
      stored[#stored + 1] = item[1]
      stored[#stored + 1] = item[4]
    end
  end
  if #stored > 1 then
    redis.call('SET', u.tag .. ':reply:' .. caller, cmsgpack.pack(stored), 'PX',
               2 * u.rules.lease_ms + 60000)
  end
end

local function exchange(keys, args)
  local u, request = open_unit(keys, args)
  local _, stage, caller, call, exchanges = unpack(request)
  u.reply_bytes, u.leases, u.fence = 0, 0, 0
  local all, seats, answers = {}, {}, {}
  for _, e in ipairs(exchanges) do
    for _, completion in ipairs(e[3]) do all[#all + 1] = completion end
  end
  if #all > 0 then load_for(u, all) end
  for i, e in ipairs(exchanges) do
    local letters = {}
    for j, completion in ipairs(e[3]) do letters[j] = complete(u, stage, completion) end
    seats[i] = {worker = e[1], max = e[2], leased = {}}
    answers[i] = {table.concat(letters), seats[i].leased}
  end
  if u.ending then
    flush(u)
    sweep_ending(u, STEP)
  end
  reap(u, stage, STEP)
  promote(u, stage, STEP)
  if args[#args] == 'again' then lease_again(u, stage, caller, call, seats) end
  lease(u, stage, seats)
  flush(u)
  remember(u, caller, call, seats)
  -- Forgetting keeps up with leasing, at twice its pace.
  local steps = math.floor(u.fence / 50) - math.floor((u.fence - u.leases) / 50)
  if steps > 0 then forget(u, math.min(steps * STEP, 10 * STEP)) end
  return {answers, woken(u, stage)}
end
