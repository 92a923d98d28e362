-- A unit of work: what one call has read, and what it will write. Records are read once and kept;
-- changes are gathered and written by flush() in a few variadic commands. The last change to a member
-- or key wins, so that a task may move several times in one call.

-- Places in the rules, which every request begins with.
local LEASE_MS, ATTEMPTS_MAX, DEATHS_MAX, BACKOFF_MS, BACKOFF_MAX_MS = 1, 2, 3, 4, 5
local DEPTH_MAX, BYTES_MAX, DONE_MS, DONE_MAX = 6, 7, 8, 9

-- Totals of a stage, packed under :stage:<stage>, and of the pool, under :pool. They are read and written
-- along with the records.
local WAITING, LIVE, DONE, LOST_LEASES, STALE, FAILURES, DUPLICATES = 1, 2, 3, 4, 5, 6, 7
local FENCE, BYTES = 1, 2
local STAGE_LAYOUT, POOL_LAYOUT = '>ddddddd', '>dd'

-- Of all that is stored. Whoever changes a layout, a key or what a value means raises it, here alone: programs of
-- another format then refuse the pool, and change nothing. 1 was a :clock without it.
local FORMAT = 2
local WRONG_FORMAT = 'CAIRN_FORMAT %s is stored in format %d, and this program (%s) reads and writes format %d: run the ' ..
                     'version that began the pool, or let that one finish all work and begin a pool of another name'

local CLOCK_LAYOUT, CLOCK_BYTES = '>Bdddd', 33
local CLOCK_MS = 100  -- how exactly the latest time is kept

-- Nobody called for so long: Redis was away, or every dispatcher. A dispatcher sweeps each second, and one with
-- workers calls more often: a pool that lives is never taken for one that was away, unless its machine stands still.
-- Half a lease is the most from which every holder comes back in time by itself: it renews each fifth of a lease.
local SILENCE_MS = 1500
local SILENCES_MAX = 8  -- in a row for which leases are kept; a pool that is called so rarely must lose leases, too

local function is_silence(ms, lease_ms) return ms >= math.max(SILENCE_MS, math.floor(lease_ms / 2)) end

local function check_format(tag, raw)
  local format = #raw % 8 == 0 and 1 or raw:byte()
  if format ~= FORMAT then error({err = string.format(WRONG_FORMAT, tag, format, LIBRARY, FORMAT)}) end
  if #raw ~= CLOCK_BYTES then corrupt('the clock of the pool') end
end

-- Unix milliseconds that go on where they were when the host's clock is set back: or no lease would end and no delay
-- pass until the clock had made up for it. Then from when leases may be lost: after a silence their holders first get
-- the time of a lease to renew them. Last, what is to be kept of both, if anything.
local function read_clock(tag, lease_ms)
  local host, raw, seen, ahead, reap_from, silences = clock_ms(tag), redis.call('GET', tag .. ':clock'), 0, 0, 0, 0
  if raw then
    check_format(tag, raw)
    local _
    _, seen, ahead, reap_from, silences = struct.unpack(CLOCK_LAYOUT, raw)
  end
  local back = host + ahead < seen
  if back then ahead = seen - host end
  local now = host + ahead
  if raw and is_silence(now - seen, lease_ms) then
    if silences < SILENCES_MAX then reap_from, silences = now + lease_ms, silences + 1 end
  elseif now >= reap_from then
    silences = 0
  end
  local keep = back or now >= seen + CLOCK_MS
  return now, reap_from, keep and struct.pack(CLOCK_LAYOUT, FORMAT, now, ahead, reap_from, silences) or nil
end

local function open_unit(keys, args)
  local request = cmsgpack.unpack(args[1])
  local now, reap_from, clock = read_clock(keys[1], request[1][LEASE_MS])
  local unit = {
    tag = keys[1], now = now, reap_from = reap_from, clock = clock, args = args, rules = request[1],
    records = {}, stages = {}, groups = {}, slots = {}, blobs = {}, numbers = {},  -- read so far
    dirty = {}, dirty_stages = {}, dirty_groups = {}, keys = {}, zsets = {}, hashes = {},  -- to write
    done = {}, woken = {}, score_texts = {},
  }
  return unit, request
end

-- Puts `member` into a sorted set, or takes it out (score false).
local function place(u, key, member, score)
  local zset = u.zsets[key]
  if not zset then
    zset = {}
    u.zsets[key] = zset
  end
  zset[member] = score
end

-- Sets a field of a hash, or deletes it (value false).
local function field(u, key, name, value)
  local hash = u.hashes[key]
  if not hash then
    hash = {}
    u.hashes[key] = hash
  end
  hash[name] = value
end

local function read_stage(u, stage, raw)
  if raw then
    u.stages[stage] = {struct.unpack(STAGE_LAYOUT, raw)}
  else
    u.stages[stage] = {0, 0, 0, 0, 0, 0, 0}
  end
end

local function read_pool(u, raw)
  if raw then
    u.pool = {struct.unpack(POOL_LAYOUT, raw)}
  else
    u.pool = {0, 0}
  end
end

-- Reads the records of these tasks, and the totals of `stage` and of the pool when a stage is named.
local function load(u, ids, stage)
  local tag, records, keys, wanted = u.tag, u.records, {}, {}
  for _, id in ipairs(ids) do
    if records[id] == nil then
      records[id] = false
      wanted[#wanted + 1] = id
      keys[#keys + 1] = tag .. ':t:' .. id
    end
  end
  local with_stage, with_pool = stage and not u.stages[stage], stage and not u.pool
  if with_stage then keys[#keys + 1] = tag .. ':stage:' .. stage end
  if with_pool then keys[#keys + 1] = tag .. ':pool' end
  local count = #wanted
  for i = 1, #keys, CHUNK do
    local values = redis.call('MGET', unpack(keys, i, math.min(i + CHUNK - 1, #keys)))
    for j = 1, #values do
      local raw, at = values[j], i + j - 1
      if at <= count then
        if raw then records[wanted[at]] = decode(wanted[at], raw) end
      elseif with_stage and at == count + 1 then
        read_stage(u, stage, raw)
      else
        read_pool(u, raw)
      end
    end
  end
end

local function totals(u, stage)
  if not u.stages[stage] then read_stage(u, stage, redis.call('GET', u.tag .. ':stage:' .. stage)) end
  return u.stages[stage]
end

local function total(u, stage, place_, delta)
  local numbers = totals(u, stage)
  numbers[place_] = numbers[place_] + delta
  u.dirty_stages[stage] = true
end

local function pool(u)
  if not u.pool then read_pool(u, redis.call('GET', u.tag .. ':pool')) end
  return u.pool
end

local function add_bytes(u, delta)
  if delta == 0 then return end
  local numbers = pool(u)
  numbers[BYTES] = numbers[BYTES] + delta
  u.dirty_pool = true
end

-- command key list…, in as many commands as the list needs; without a key when it is false.
local function send(command, key, list)
  for i = 1, #list, CHUNK do
    local last = math.min(i + CHUNK - 1, #list)
    if key then
      redis.call(command, key, unpack(list, i, last))
    else
      redis.call(command, unpack(list, i, last))
    end
  end
end

local function flush_zsets(u)
  for key, zset in pairs(u.zsets) do
    local add, remove = {}, {}
    for member, score in pairs(zset) do
      if score then
        local text = u.score_texts[score]  -- Redis would format each as a float, which is slow
        if not text then
          text = string.format('%d', score)
          u.score_texts[score] = text
        end
        add[#add + 1] = text
        add[#add + 1] = member
      else
        remove[#remove + 1] = member
      end
    end
    send('ZREM', key, remove)
    send('ZADD', key, add)
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
    send('HSET', key, set)
    send('HDEL', key, delete)
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
  for stage in pairs(u.dirty_stages) do
    set[#set + 1] = u.tag .. ':stage:' .. stage
    set[#set + 1] = struct.pack(STAGE_LAYOUT, unpack(u.stages[stage]))
  end
  if u.dirty_pool then
    set[#set + 1] = u.tag .. ':pool'
    set[#set + 1] = struct.pack(POOL_LAYOUT, unpack(u.pool))
  end
  if u.clock then
    set[#set + 1] = u.tag .. ':clock'
    set[#set + 1] = u.clock
  end
  u.dirty, u.keys, u.dirty_stages, u.dirty_pool, u.clock = {}, {}, {}, false, nil
  send('MSET', false, set)
  flush_zsets(u)
  flush_hashes(u)
  flush_groups(u)
  flush_blobs(u)
  send('UNLINK', false, delete)
  send('RPUSH', u.tag .. ':done', u.done)
  u.done = {}
end
