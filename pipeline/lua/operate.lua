-- Leases kept, failed and handed back, and what operators do.

-- Argument: [rules, stage, task, fence, …]. Answer: a verdict letter each.
local function each_held(u, request, how, act)
  local stage, ids, letters = request[2], {}, {}
  for i = 3, #request, 2 do ids[#ids + 1] = request[i] end
  load(u, ids)
  for i = 3, #request, 2 do
    local letter, t = verdict(u, request[i], stage, request[i + 1], how)
    letters[#letters + 1] = letter
    if letter == 'o' then act(t, request[i + 1]) end
  end
  flush(u)
  return table.concat(letters)
end

local function renew(keys, args)
  local u, request = open_unit(keys, args)
  return each_held(u, request, nil, function(t)
    local deadline = u.now + u.rules[LEASE_MS]
    if t.state == 'leased' then
      place(u, u.tag .. ':leased:' .. t.stage, t.id, deadline)
    else
      move(u, t, 'leased', deadline)
    end
  end)
end

local function hand_back(keys, args)
  local u, request = open_unit(keys, args)
  return each_held(u, request, 'h', function(t, fence)
    close(t, fence, 'h')
    offer(u, t)
  end)
end

-- Argument: [rules, stage, task, fence, permanent, reason].
local function fail(keys, args)
  local u, request = open_unit(keys, args)
  local _, stage, id, fence, permanent, reason = unpack(request)
  local letter, t = verdict(u, id, stage, fence, 'f')
  if letter == 'o' then
    close(t, fence, 'f')
    count_failure(u, t, permanent, reason)
  end
  flush(u)
  return letter
end

-- Blobs that the caller found damaged after it was leased the task.
-- Argument: [rules, stage, task, fence, payload damaged, slots]. Answer: the
-- stages with new ready work.
local function lost(keys, args)
  local u, request = open_unit(keys, args)
  local _, stage, id, fence, payload_gone, slots = unpack(request)
  local t = get(u, id)
  if not t or t.stage ~= stage or not t.open or t.fence ~= fence then return {} end
  local damaged = {}
  if payload_gone and type(t.payload) == 'string' then damaged[1] = split_blob(t.payload) end
  for _, slot in ipairs(slots) do
    local entry = slot_entry(u, id, slot)
    local _, value = split_entry(entry or ' ' .. LOST)
    if type(value) == 'string' and value ~= LOST then damaged[#damaged + 1] = split_blob(value) end
  end
  t.open = false
  wait_for(u, t, payload_gone, slots)
  flush(u)
  for _, hex in ipairs(damaged) do redis.call('UNLINK', u.tag .. ':blob:' .. hex) end
  return woken(u)
end

-- Argument: [rules, group]. Answer: 'ok', 'not_found', or 'conflict <state>'.
local function cancel(keys, args)
  local u, request = open_unit(keys, args)
  local g = group(u, request[2])
  if not g then return 'not_found' end
  if g.ended > 0 then return 'conflict ' .. g.state end
  end_group(u, request[2], 'cancelled')
  flush(u)
  sweep_ending(u, STEP)
  return 'ok'
end

local function dead_task(u, id)
  local t = get(u, id)
  return t and t.state == 'dead' and t or nil
end

local function replay(keys, args)
  local u, request = open_unit(keys, args)
  local t = dead_task(u, request[2])
  if not t then return 'not_found' end
  t.attempts, t.deaths, t.open, t.due = 0, 0, false, nil
  offer(u, t)
  flush(u)
  return 'ok'
end

local function drop(keys, args)
  local u, request = open_unit(keys, args)
  local t = dead_task(u, request[2])
  if not t then return 'not_found' end
  cancel_task(u, t)
  forget_task(u, t)
  if t.group ~= '' then
    place(u, u.tag .. ':gt:' .. t.group, t.stage .. ' ' .. t.id, false)
    end_group(u, t.group, 'failed')
  end
  flush(u)
  if u.ending then sweep_ending(u, STEP) end
  return 'ok'
end
