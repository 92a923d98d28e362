-- New tasks. Argument of enqueue: [rules, specs]; a spec is
-- [task, stage, height, group, value, waits_on, feed or '', slot, delay_ms, needs or ''].
-- Answer: one letter per spec, 'a' accepted, 'd' duplicate, 'b' backpressure.

local function over_cap(u, stage, value)
  return totals(u, stage)[LIVE] >= u.rules[DEPTH_MAX] or
         pool(u)[BYTES] + added_bytes(u, value) > u.rules[BYTES_MAX]
end

-- `from` is the emitting task, nil from outside; `capped` says whether the caps apply.
local function admit(u, spec, from, capped)
  local id, stage, height, gid, value, waits_on, feed, slot, delay_ms, needs = unpack(spec)
  local t = get(u, id)
  if t then
    -- The same work again: that restores a payload that was lost, and else changes nothing.
    if t.payload == GONE and t.state ~= 'done' and t.state ~= 'cancelled' then
      keep_payload(u, t, value)
      if t.state == 'waiting' and (t.waits or 0) == 0 then offer(u, t) end
    end
    return 'd'
  end
  if gid ~= '' and over(u, gid) then return 'd' end
  if capped and over_cap(u, stage, value) then return 'b' end
  t = {id = id, stage = stage, height = height, group = gid, since = u.now, fence = 0, open = false,
       ended = 0, how = '', attempts = 0, deaths = 0, worker = '', payload = 0, from = from}
  if waits_on > 0 then t.width, t.waits = waits_on, waits_on end
  if feed ~= '' then t.feed, t.slot = feed, slot end
  if delay_ms > 0 then t.due = u.now + delay_ms end
  if needs ~= '' then t.needs = needs end
  u.records[id] = t
  if gid ~= '' and join_group(u, gid, stage, id, height) then t.first = true end
  keep_payload(u, t, value)
  offer(u, t)
  return 'a'
end

local function enqueue(keys, args)
  local u, request = open_unit(keys, args)
  local ids, answers = {}, {}
  for i, spec in ipairs(request[2]) do ids[i] = spec[1] end
  load(u, ids, request[2][1][2])
  for i, spec in ipairs(request[2]) do
    answers[i] = admit(u, spec, nil, true)
    if answers[i] == 'd' then total(u, spec[2], DUPLICATES, 1) end
  end
  flush(u)
  return table.concat(answers)
end
