-- A unit of work: what one call has read, and what it will write. Records are read once and kept;
-- changes are gathered and written by flush() in a few variadic commands. The last change to a member
-- or key wins, so that a task may move several times in one call.

local function open_unit(keys, args)
  local request = cmsgpack.unpack(args[1])
  local r = request[1]
  local unit = {
    tag = keys[1], now = clock_ms(keys[1]), args = args,
    rules = {lease_ms = r[1], attempts_max = r[2], deaths_max = r[3], backoff_ms = r[4],
             backoff_max_ms = r[5], depth_max = r[6], bytes_max = r[7], done_ms = r[8],
             done_max = r[9]},
    records = {}, groups = {}, slots = {}, blobs = {}, numbers = {},  -- read so far
    dirty = {}, dirty_groups = {}, keys = {}, zsets = {}, hashes = {}, totals = {},  -- to be written
    done = {}, bytes = 0, woken = {},
  }
  return unit, request
end

-- Puts `member` into a sorted set, or takes it out (score false).
local function place(u, key, member, score)
  local zset = u.zsets[key]
  if not zset then zset = {} u.zsets[key] = zset end
  zset[member] = score
end

local function total(u, stage, name, delta)
  local totals = u.totals[stage]
  if not totals then totals = {} u.totals[stage] = totals end
  totals[name] = (totals[name] or 0) + delta
end

-- Sets a field of a hash, or deletes it (value false).
local function field(u, key, name, value)
  local hash = u.hashes[key]
  if not hash then hash = {} u.hashes[key] = hash end
  hash[name] = value
end

local function load(u, ids)
  local keys, wanted = {}, {}
  for _, id in ipairs(ids) do
    if u.records[id] == nil then
      u.records[id] = false
      wanted[#wanted + 1] = id
      keys[#keys + 1] = u.tag .. ':t:' .. id
    end
  end
  for i = 1, #keys, CHUNK do
    local last = math.min(i + CHUNK - 1, #keys)
    for j, raw in ipairs(redis.call('MGET', unpack(keys, i, last))) do
      local id = wanted[i + j - 1]
      if raw then u.records[id] = decode(id, raw) end
    end
  end
end

local function in_chunks(list, send)
  for i = 1, #list, CHUNK do send(unpack(list, i, math.min(i + CHUNK - 1, #list))) end
end

local function flush_zsets(u)
  for key, zset in pairs(u.zsets) do
    local add, remove = {}, {}
    for member, score in pairs(zset) do
      if score then
        add[#add + 1] = score
        add[#add + 1] = member
      else
        remove[#remove + 1] = member
      end
    end
    in_chunks(remove, function(...) redis.call('ZREM', key, ...) end)
    in_chunks(add, function(...) redis.call('ZADD', key, ...) end)
  end
  u.zsets = {}
end

local function flush_hashes(u)
  for key, hash in pairs(u.hashes) do
    local set, delete = {}, {}
    for name, value in pairs(hash) do
      if value then
        set[#set + 1] = name
        set[#set + 1] = value
      else
        delete[#delete + 1] = name
      end
    end
    in_chunks(set, function(...) redis.call('HSET', key, ...) end)
    in_chunks(delete, function(...) redis.call('HDEL', key, ...) end)
  end
  u.hashes = {}
end

local function flush_blobs(u)
  for hex, blob in pairs(u.blobs) do
    local key = u.tag .. ':blob:' .. hex
    if blob.argument and blob.references > 0 then redis.call('SET', key, u.args[blob.argument]) end
    if blob.references ~= blob.stored and blob.references > 0 then
      redis.call('HSET', u.tag .. ':blobs', hex, blob.references)
    elseif blob.references <= 0 and blob.stored > 0 then
      redis.call('HDEL', u.tag .. ':blobs', hex)
      redis.call('UNLINK', key)
    end
  end
  u.blobs = {}
end

local function flush_groups(u)
  for id in pairs(u.dirty_groups) do
    local g = u.groups[id]
    redis.call('HSET', u.tag .. ':g:' .. id, 'height', g.height, 'state', g.state, 'begun', g.begun,
               'ended', g.ended, 'dead', g.dead, 'cursor', g.cursor)
  end
  u.dirty_groups = {}
end

local function flush(u)
  local set, delete = {}, {}
  for id, t in pairs(u.dirty) do
    set[#set + 1] = u.tag .. ':t:' .. id
    set[#set + 1] = encode(t)
  end
  for key, value in pairs(u.keys) do
    if value then
      set[#set + 1] = key
      set[#set + 1] = value
    else
      delete[#delete + 1] = key
    end
  end
  u.dirty, u.keys = {}, {}
  in_chunks(set, function(...) redis.call('MSET', ...) end)
  flush_zsets(u)
  flush_hashes(u)
  flush_groups(u)
  flush_blobs(u)
  in_chunks(delete, function(...) redis.call('UNLINK', ...) end)
  in_chunks(u.done, function(...) redis.call('RPUSH', u.tag .. ':done', ...) end)
  for stage, totals in pairs(u.totals) do
    for name, delta in pairs(totals) do
      if delta ~= 0 then redis.call('HINCRBY', u.tag .. ':stage:' .. stage, name, delta) end
    end
  end
  if u.bytes ~= 0 then redis.call('INCRBY', u.tag .. ':bytes', u.bytes) end
  u.done, u.totals, u.bytes = {}, {}, 0
end
