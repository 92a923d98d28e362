-- Payloads and inputs. A value comes in as a string (inline), or as {sha256, size, argument} for a blob
-- whose bytes are in that argument of the call. The caller hashes and checks; this side counts
-- references and bytes, and deletes a blob with its last reference. A blob that comes again is
-- written again, which repairs it.

local LOST = '-'
local BLOB_HEADER = 8

local function blob(u, hex)
  local b = u.blobs[hex]
  if not b then
    local stored = tonumber(redis.call('HGET', u.tag .. ':blobs', hex) or 0)
    b = {stored = stored, references = stored}
    u.blobs[hex] = b
  end
  return b
end

local function split_blob(description) return description:sub(1, 64), tonumber(description:sub(66)) end

-- Bytes that keeping `value` would add to the pool.
local function added_bytes(u, value)
  if type(value) == 'string' then return #value end
  return blob(u, value[1]).references > 0 and 0 or value[2]
end

-- Takes a reference. Returns how the record names the value; inline bytes are the caller's to write.
local function keep(u, value)
  add_bytes(u, added_bytes(u, value))
  if type(value) == 'string' then return #value end
  local b = blob(u, value[1])
  b.references = b.references + 1
  b.argument = value[3]
  return string.format('%s:%d', value[1], value[2])
end

local function release(u, description)
  if type(description) == 'number' then
    add_bytes(u, -description)
    return
  end
  local hex, size = split_blob(description)
  local b = blob(u, hex)
  b.references = b.references - 1
  if b.references == 0 then add_bytes(u, -size) end
end

local function blob_present(u, description)
  local hex, size = split_blob(description)
  if u.blobs[hex] and u.blobs[hex].argument then return true end  -- it comes with this call
  return redis.call('STRLEN', u.tag .. ':blob:' .. hex) == BLOB_HEADER + size
end

local function keep_payload(u, t, value)
  t.payload = keep(u, value)
  if type(value) == 'string' then
    if #value <= SMALL then
      t.small = value
    else
      u.keys[u.tag .. ':p:' .. t.id] = value
    end
  end
  u.dirty[t.id] = t
end

-- An empty payload needs no room and is never gone.
local function release_payload(u, t)
  if t.payload == GONE or t.payload == 0 then return end
  if type(t.payload) == 'number' and t.payload > SMALL then u.keys[u.tag .. ':p:' .. t.id] = false end
  release(u, t.payload)
  t.payload, t.small = GONE, nil
  u.dirty[t.id] = t
end

-- The entries of a task's inputs by slot: "<feeder> <value>", where the value is a count of bytes, a
-- blob, or LOST. A slot without an entry was never fed.
local function slot_entry(u, id, slot)
  local slots = u.slots[id]
  if not slots then slots = {} u.slots[id] = slots end
  if slots[slot] == nil then
    slots[slot] = not slots.all and redis.call('HGET', u.tag .. ':s:' .. id, slot)
  end
  return slots[slot]
end

local function all_slots(u, id)
  local slots = u.slots[id] or {}
  if not slots.all then
    local pairs_ = redis.call('HGETALL', u.tag .. ':s:' .. id)
    for i = 1, #pairs_, 2 do
      local slot = tonumber(pairs_[i])
      if slots[slot] == nil then slots[slot] = pairs_[i + 1] end
    end
    slots.all = true
    u.slots[id] = slots
  end
  return slots
end

local function split_entry(entry)
  local feeder, value = entry:match('^(%S*) (%S+)$')
  if not feeder then corrupt('an input entry: ' .. entry) end
  return feeder, tonumber(value) or value
end

local function set_entry(u, id, slot, feeder, value)
  local entry = feeder .. ' ' .. value
  u.slots[id] = u.slots[id] or {}
  u.slots[id][slot] = entry
  field(u, u.tag .. ':s:' .. id, slot, entry)
end

local function keep_input(u, id, slot, feeder, value)
  set_entry(u, id, slot, feeder, keep(u, value))
  if type(value) == 'string' and #value > 0 then field(u, u.tag .. ':i:' .. id, slot, value) end
end

-- The value of one input is gone; its feeder stays known.
local function lose_input(u, id, slot, entry)
  local feeder, value = '', LOST
  if entry then feeder, value = split_entry(entry) end
  if value ~= LOST then
    release(u, value)
    field(u, u.tag .. ':i:' .. id, slot, false)
  end
  set_entry(u, id, slot, feeder, LOST)
  return feeder
end

-- Releases the values of all inputs. Their feeders stay known under :s: until the task is forgotten.
local function release_inputs(u, t)
  if not t.width or t.released then return end
  for slot, entry in pairs(all_slots(u, t.id)) do
    if slot ~= 'all' and entry then
      local _, value = split_entry(entry)
      if value ~= LOST then release(u, value) end
    end
  end
  u.keys[u.tag .. ':i:' .. t.id] = false
  t.released = true
  u.dirty[t.id] = t
end
