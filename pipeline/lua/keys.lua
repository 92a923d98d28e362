-- The state of a pool in Redis, and every change to it. One library of Redis functions; the files of
-- this folder are joined in the order that pipeline/CMakeLists.txt gives, and embedded in the program, which puts
-- the library's name before them as LIBRARY: a digest of this text, so that programs of different builds each call
-- their own (redis_library.h).
--
-- * One hash tag for the whole pool, {cairn:<pool>}: a completion enqueues into the next stage in the
--   same atomic call, so all stages must share a slot. A busy installation shards pools, not stages.
--   KEYS[1] is the tag; the other keys are made from it here and are of its slot.
-- * Every function reads first, decides on records held in Lua, and writes last (unit.lua), so an error
--   in the middle has changed nothing, and a batch costs a fixed number of commands, not one per task.
-- * The clock is Redis TIME, kept from going back (unit.lua). Fences come from one counter of the
--   pool, which is never behind that clock. Time alone decides nothing that a fence does not confirm.
-- * Functions that drain the pool run when Redis is full (allow-oom). Only enqueue does not, and only
--   enqueue is held to the caps of depth and bytes: what a running task emits is part of draining it.
-- * No call does unbounded work. Ended groups are cleaned up in steps of at most STEP tasks; what was
--   not reached yet is recognised as cancelled whenever it is touched.
-- * Numbers are doubles: heights, fences and milliseconds stay below 2^53, which the caller checks.
--
-- Every function takes KEYS[1], a packed request whose first item is the rules, then the blobs that the
-- request refers to by their place, then the number of this try: 0, and more after replies were lost.
--
-- Keys, behind the tag:
--   :ready:<stage>    zset  height → task       :stage:<stage>  totals of the stage (unit.lua)
--   :ready:<stage>:<need>   zset  the same, of tasks that need this capability of their worker
--   :needs:<stage>    zset  needs of which tasks are or were ready, all of score 0
--   :leased:<stage>   zset  deadline → task     :pool           the last fence, bytes stored (unit.lua)
--   :delayed:<stage>  zset  due time → task     :numbers        hash  counter → next number
--   :dead:<stage>     zset  time of death       :done           list  "<ms>:<task>" without a group
--   :dead             zset  the same, pool      :reply:<caller> hash  try leases: its last exchange
--   :t:<task>  record (record.lua)              :callers        zset  time → caller
--   :p:<task>  payload, when neither small      :blob:<sha256>  8 bytes of length, then the value
--              nor a blob                       :blobs          hash  sha256 → references
--   :s:<task>  hash slot → feeder and value     :g:<group>      hash  height state begun ended dead f:<fact>
--   :i:<task>  hash slot → value, when inline   :gt:<group>     zset  "<stage> <task>", all of score 0
--   :groups    zset first height → group        :ended :ending  zset  time → group (group.lua)
--   :clock     the format of all this, the latest time, what is added to the host's, from when leases may be lost,
--              silences (unit.lua)

local STEP = 100        -- tasks reaped, promoted, cancelled or forgotten at once
local CHUNK = 2000      -- arguments of one command; Lua's stack takes 8000
local FACTS_MAX = 256   -- facts of one group; further names are dropped
local CALLERS = 1000    -- that are remembered; one is registered again every so many calls
local LEASE_BYTES = 16 * 1024 * 1024  -- an exchange stops leasing when the values of its leases are this large

-- Milliseconds since the Unix epoch.
local function clock_ms(tag) local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end

local function corrupt(what) error({err = 'CAIRN_CORRUPT ' .. what}) end
