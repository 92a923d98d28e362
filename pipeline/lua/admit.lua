-- New tasks. Argument of enqueue: [rules, specs]; a spec is
-- [task, stage, height, group, value, waits_on, feed or '', slot, delay_ms].
-- Answer: one letter per spec, 'a' accepted, 'd' duplicate, 'b' backpressure.

-- Tasks of a stage that are not done.
local function depth(u, stage)
  u.depth = u.depth or {}
  if not u.depth[stage] then
    local n = tonumber(redis.call('HGET', u.tag .. ':stage:' .. stage, 'waiting') or 0)
    for state in pairs(INDEXED) do
      n = n + redis.call('ZCARD', u.tag .. ':' .. state .. ':' .. stage)
    end
    u.depth[stage] = n
  end
  return u.depth[stage]
end

local function over_cap(u, stage, value)
  if depth(u, stage) >= u.rules.depth_max then return true end
  u.stored = u.stored or tonumber(redis.call('GET', u.tag .. ':bytes') or 0)
  return u.stored + u.bytes + added_bytes(u, value) > u.rules.bytes_max
end

-- `from` is the emitting task, nil from outside; `capped` says whether the caps apply.
local function admit(u, spec, from, capped)
  local id, stage, height, gid, value, waits_on, feed, slot, delay_ms = unpack(spec)
  local t = get(u, id)
  if t then
    -- The same work again: that restores a payload that was lost, and else changes nothing.
    if t.payload == GONE and t.state ~= 'done' and t.state ~= 'cancelled' then
      keep_payload(u, t, value)
      if t.state == 'waiting' and (t.more.waits or 0) == 0 then offer(u, t) end
    end
    return 'd'
  end
  if gid ~= '' and over(u, gid) then return 'd' end
  if capped then
    if over_cap(u, stage, value) then return 'b' end
    u.depth[stage] = u.depth[stage] + 1
  end
  local more = {from = from}
  if waits_on > 0 then more.width, more.waits = waits_on, waits_on end
  if feed ~= '' then more.feed, more.slot = feed, slot end
  if delay_ms > 0 then more.due = u.now + delay_ms end
  t = {id = id, stage = stage, height = height, group = gid, since = u.now, fence = 0, open = false,
       ended = 0, how = '', attempts = 0, deaths = 0, worker = '', payload = 0, more = more}
  u.records[id] = t
  if gid ~= '' and join_group(u, gid, stage, id, height) then more.first = true end
  keep_payload(u, t, value)
  offer(u, t)
  return 'a'
end

local function enqueue(keys, args)
  local u, request = open_unit(keys, args)
  local ids, answers = {}, {}
  for i, spec in ipairs(request[2]) do ids[i] = spec[1] end
  load(u, ids)
  for i, spec in ipairs(request[2]) do
    answers[i] = admit(u, spec, nil, true)
    if answers[i] == 'd' then total(u, spec[2], 'duplicates', 1) end
  end
  flush(u)
  return table.concat(answers)
end
