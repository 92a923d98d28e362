-- What time does to tasks: leases end, delays pass, ended groups are emptied, done tasks are forgotten.
-- Each function does at most as many tasks as it is told.

local function due(u, state, stage, max)
  local ids = redis.call('ZRANGEBYSCORE', u.tag .. ':' .. state .. ':' .. stage, '-inf', u.now,
                         'LIMIT', 0, max)
  if #ids > 0 then load(u, ids) end
  return ids
end

-- A lease that was not renewed in time is lost: the task is offered again, or dead when too many
-- workers were lost over it. Its fence stays good until another lease is given.
local function reap(u, stage, max)
  if u.now < u.reap_from then return end
  for _, id in ipairs(due(u, 'leased', stage, max)) do
    local t = get(u, id)
    if not t then
      place(u, u.tag .. ':leased:' .. stage, id, false)
    elseif t.state == 'leased' then
      t.deaths = t.deaths + 1
      total(u, stage, LOST_LEASES, 1)
      if t.deaths >= u.rules[DEATHS_MAX] then
        kill(u, t, string.format(WORKER_GONE, t.deaths, t.worker))
      else
        offer(u, t)
      end
    end
  end
end

local function promote(u, stage, max)
  for _, id in ipairs(due(u, 'delayed', stage, max)) do
    local t = get(u, id)
    if not t then
      place(u, u.tag .. ':delayed:' .. stage, id, false)
    elseif t.state == 'delayed' then
      offer(u, t)
    end
  end
end

-- Cancels the tasks of ended groups and releases what the groups still kept. Flushes.
local function sweep_ending(u, max)
  while max > 0 do
    local id = redis.call('ZRANGE', u.tag .. ':ending', 0, 0)[1]
    if not id then return end
    local g = group(u, id)
    local from = g and g.cursor ~= '' and '(' .. g.cursor or '-'
    local members = redis.call('ZRANGEBYLEX', u.tag .. ':gt:' .. id, from, '+', 'LIMIT', 0, max)
    local ids = {}
    for i, member in ipairs(members) do ids[i] = member:match(' (.*)$') end
    load(u, ids)
    for _, task in ipairs(ids) do
      local t = get(u, task)
      if t then release_payload(u, t) end
    end
    if #members < max then
      place(u, u.tag .. ':ending', id, false)
    else
      g.cursor = members[#members]
      u.dirty_groups[id] = true
    end
    max = max - math.max(1, #members)
    flush(u)
  end
end

-- Returns how many of `max` are left.
local function forget_groups(u, max)
  while max > 0 do
    local id = redis.call('ZRANGEBYSCORE', u.tag .. ':ended', '-inf', u.now - u.rules[DONE_MS], 'LIMIT',
                          0, 1)[1]
    if not id or redis.call('ZSCORE', u.tag .. ':ending', id) then break end
    local members = redis.call('ZRANGE', u.tag .. ':gt:' .. id, 0, max - 1)
    for _, member in ipairs(members) do
      local task = member:match(' (.*)$')
      place(u, u.tag .. ':gt:' .. id, member, false)
      u.keys[u.tag .. ':t:' .. task] = false
      u.keys[u.tag .. ':s:' .. task] = false
      u.records[task], u.dirty[task] = nil, nil
    end
    max = max - #members
    if max > 0 then
      max = max - 1
      u.keys[u.tag .. ':g:' .. id] = false
      u.groups[id], u.dirty_groups[id] = nil, nil
      place(u, u.tag .. ':groups', id, false)
      place(u, u.tag .. ':ended', id, false)
    end
    flush(u)
  end
  return max
end

-- Done tasks without a group, oldest first, for as long as they are too old or too many.
local function forget_done(u, max)
  local key = u.tag .. ':done'
  local many = redis.call('LLEN', key) - u.rules[DONE_MAX]
  local entries, times, ids, taken = redis.call('LRANGE', key, 0, max - 1), {}, {}, 0
  for i, entry in ipairs(entries) do
    local ms, id = entry:match('^(%d+):(.*)$')
    times[i], ids[i] = tonumber(ms), id
    if i > many and times[i] + u.rules[DONE_MS] > u.now then break end
    taken = i
  end
  load(u, ids)
  for i = 1, taken do
    local t = u.records[ids[i]]
    if t and t.state == 'done' and t.since == times[i] then forget_task(u, t) end
  end
  if taken > 0 then redis.call('LTRIM', key, taken, -1) end
end

-- Flushes.
local function forget(u, max)
  max = forget_groups(u, max)
  if max > 0 then forget_done(u, max) end
  flush(u)
end

-- Stages that got ready work in this call, without `except`.
local function woken(u, except)
  local stages = {}
  for stage in pairs(u.woken) do
    if stage ~= except then stages[#stages + 1] = stage end
  end
  table.sort(stages)
  return stages
end

-- Needs of which nothing is ready any more.
local function forget_needs(u, stage)
  local key = u.tag .. ':needs:' .. stage
  for _, need in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if redis.call('EXISTS', ready_key(u, stage, need)) == 0 then place(u, key, need, false) end
  end
end

-- Argument: [rules, stages]. Answer: the stages with new ready work.
local function sweep(keys, args)
  local u, request = open_unit(keys, args)
  for _, stage in ipairs(request[2]) do
    reap(u, stage, STEP)
    promote(u, stage, STEP)
  end
  flush(u)
  for _, stage in ipairs(request[2]) do forget_needs(u, stage) end
  if some_ending(u) then sweep_ending(u, STEP) end
  forget(u, STEP)
  return woken(u)
end
