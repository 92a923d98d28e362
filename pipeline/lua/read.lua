-- What people and metrics ask. None of these writes.

local COUNTED_LEASES = 1000  -- leases looked at for the lowest height

-- [task, stage, height, group, state, fence, attempts, deaths, waits_on, worker, reason, since, needs or '']
local function row(t)
  return {t.id, t.stage, t.height, t.group, t.state, t.fence, t.attempts, t.deaths,
          t.waits or 0, t.worker, t.reason or '', t.since, t.needs or ''}
end

local function rows(u, ids)
  load(u, ids)
  local out = {}
  for _, id in ipairs(ids) do
    local t = get(u, id)
    if t then out[#out + 1] = row(t) end
  end
  return out
end

-- Argument: [rules, task]. Answer: a row, or nothing.
local function show_task(keys, args)
  local u, request = open_unit(keys, args)
  local t = get(u, request[2])
  return t and row(t) or {}
end

-- Argument: [rules, stage or '', max]. Answer: rows.
local function show_dead(keys, args)
  local u, request = open_unit(keys, args)
  local key = u.tag .. ':dead' .. (request[2] ~= '' and ':' .. request[2] or '')
  local ids = request[3] > 0 and redis.call('ZRANGE', key, 0, request[3] - 1) or {}
  local out = {}
  for _, one in ipairs(rows(u, ids)) do
    if one[5] == 'dead' then out[#out + 1] = one end
  end
  return out
end

-- [group, height, state, begun, ended, facts]; facts are name, value, …
local function group_row(u, id)
  local g = group(u, id)
  if not g then return {} end
  local facts, pairs_ = {}, redis.call('HGETALL', u.tag .. ':g:' .. id)
  for i = 1, #pairs_, 2 do
    if pairs_[i]:sub(1, 2) == 'f:' then
      facts[#facts + 1] = pairs_[i]:sub(3)
      facts[#facts + 1] = pairs_[i + 1]
    end
  end
  local state = g.state
  if g.ended == 0 then state = g.dead > 0 and 'stalled' or 'running' end
  return {id, g.height, state, g.begun, g.ended, facts}
end

local function show_group(keys, args)
  local u, request = open_unit(keys, args)
  return group_row(u, request[2])
end

-- Argument: [rules, from, to, max].
local function show_groups(keys, args)
  local u, request = open_unit(keys, args)
  local ids = redis.call('ZRANGEBYSCORE', u.tag .. ':groups', request[2], request[3], 'LIMIT', 0,
                         request[4])
  local out = {}
  for _, id in ipairs(ids) do out[#out + 1] = group_row(u, id) end
  return out
end

-- Argument: [rules, group, max]. Answer: [] when there is no such group, else [rows].
local function show_group_tasks(keys, args)
  local u, request = open_unit(keys, args)
  if not group(u, request[2]) then return {} end
  local ids = {}
  if request[3] > 0 then
    for i, member in ipairs(redis.call('ZRANGE', u.tag .. ':gt:' .. request[2], 0, request[3] - 1)) do
      ids[i] = member:match(' (.*)$')
    end
  end
  return {rows(u, ids)}
end

-- The lowest ready task of those with this need, and its height; nil when there is none.
local function lowest_ready(u, stage, need)
  local found = redis.call('ZRANGE', ready_key(u, stage, need), 0, 0, 'WITHSCORES')
  return found[1], tonumber(found[2])
end

-- Argument: [rules, stage]. Answer: waiting, delayed, ready, leased, dead, totals of done, lost, stale,
-- failures, duplicates, then age of the lowest ready task, lowest height ready or leased, and the needs of
-- ready tasks: need, count, …
local function show_counts(keys, args)
  local u, request = open_unit(keys, args)
  local stage = request[2]
  local n = totals(u, stage)
  local function size(state) return redis.call('ZCARD', u.tag .. ':' .. state .. ':' .. stage) end
  local first, lowest = lowest_ready(u, stage, '')
  local ready, by_need = size('ready'), {}
  for _, need in ipairs(redis.call('ZRANGE', u.tag .. ':needs:' .. stage, 0, -1)) do
    local count = redis.call('ZCARD', ready_key(u, stage, need))
    if count > 0 then
      ready = ready + count
      by_need[#by_need + 1] = need
      by_need[#by_need + 1] = count
      local id, height = lowest_ready(u, stage, need)
      if not first or height < lowest or height == lowest and id < first then first, lowest = id, height end
    end
  end
  local age = 0
  if first then
    local t = get(u, first)
    age = t and u.now - t.since or 0
  end
  local leased = redis.call('ZRANGE', u.tag .. ':leased:' .. stage, 0, COUNTED_LEASES - 1)
  load(u, leased)
  for _, id in ipairs(leased) do
    local t = u.records[id]
    if t then lowest = math.min(lowest or t.height, t.height) end
  end
  return {n[WAITING], size('delayed'), ready, size('leased'), size('dead'), n[DONE],
          n[LOST_LEASES], n[STALE], n[FAILURES], n[DUPLICATES], age, lowest or 0,
          by_need}
end

-- Argument: [rules]. Answer: bytes of all values.
local function show_bytes(keys, args) return pool((open_unit(keys, args)))[BYTES] end
