-- Groups: the sequences. A group runs until its end is given by an outcome, a cancel or a drop. Ending
-- it is one write; its tasks are cancelled by sweep_ending(), in steps, or when they are touched before
-- that (get() in task.lua). It is forgotten, in steps again, done_ms later.
--
--   :ending  groups whose tasks have not all been cancelled yet; `cursor` of the group says how far
--   :ended   groups to forget, by the time of their end

local function group(u, id)
  local g = u.groups[id]
  if g == nil then
    local v = redis.call('HMGET', u.tag .. ':g:' .. id, 'height', 'state', 'begun', 'ended', 'dead',
                         'cursor')
    g = false
    if v[1] then
      g = {height = tonumber(v[1]), state = v[2], begun = tonumber(v[3]), ended = tonumber(v[4]),
           dead = tonumber(v[5]), cursor = v[6]}
      if not (g.height and g.begun and g.ended and g.dead and g.cursor) then corrupt('group ' .. id) end
    end
    u.groups[id] = g
  end
  return g
end

local function over(u, id)
  local g = group(u, id)
  return g and g.ended > 0
end

-- True while some ended group may still have tasks in the queues.
local function some_ending(u)
  if u.ending == nil then u.ending = redis.call('EXISTS', u.tag .. ':ending') == 1 end
  return u.ending
end

-- Returns true when the task is the group's first.
local function join_group(u, id, stage, task, height)
  local begins = not group(u, id)
  if begins then
    u.groups[id] = {height = height, state = '', begun = u.now, ended = 0, dead = 0, cursor = ''}
    u.dirty_groups[id] = true
    place(u, u.tag .. ':groups', id, height)
  end
  place(u, u.tag .. ':gt:' .. id, stage .. ' ' .. task, 0)
  return begins
end

local function count_dead(u, id, delta)
  local g = id ~= '' and group(u, id)
  if not g then return end
  g.dead = g.dead + delta
  u.dirty_groups[id] = true
end

local function note_facts(u, id, facts)
  if #facts == 0 or not group(u, id) then return end
  local key = u.tag .. ':g:' .. id
  local room = FACTS_MAX + 6 - redis.call('HLEN', key)  -- 6 fields are the group's own
  for i = 1, #facts, 2 do
    local name = 'f:' .. facts[i]
    local known = (u.hashes[key] and u.hashes[key][name]) or redis.call('HEXISTS', key, name) == 1
    if known or room > 0 then
      field(u, key, name, facts[i + 1])
      if not known then room = room - 1 end
    end
  end
end

local function end_group(u, id, state)
  local g = group(u, id)
  g.state, g.ended, g.cursor = state, u.now, ''
  u.dirty_groups[id] = true
  place(u, u.tag .. ':ended', id, u.now)
  place(u, u.tag .. ':ending', id, u.now)
  u.ending = true
end
