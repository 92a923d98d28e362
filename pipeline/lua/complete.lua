-- Completions. One is [task, fence, output, specs, facts, group_end, again or false]; `again` is
-- [value or false, delay_ms, counter or '', floor]; facts are name, value, name, value, …

local BAD_FEED = 'feeds slot %d of %s, which has %d inputs'

-- Why the output of `t` cannot be delivered, nil when it can or when nobody waits for it.
local function feed_fault(u, t)
  local target = t.feed and get(u, t.feed)
  local width = target and target.width or 0
  if target and t.slot >= width then
    return string.format(BAD_FEED, t.slot, target.id, width)
  end
end

-- Fills the slot that the task feeds, if it is still awaited.
local function deliver(u, t, value)
  local target = t.feed and get(u, t.feed)
  if not target or target.released or target.state == 'done' or target.state == 'cancelled' then
    return
  end
  local entry = slot_entry(u, target.id, t.slot)
  if entry then
    local _, present = split_entry(entry)
    if present ~= LOST then return end
  end
  keep_input(u, target.id, t.slot, t.id, value)
  target.waits = target.waits - 1
  u.dirty[target.id] = target
  if target.waits == 0 and target.state == 'waiting' and target.payload ~= GONE then
    offer(u, target)
  end
end

local function grant_number(u, counter, floor)
  local key = u.tag .. ':numbers'
  local next_number = u.numbers[counter] or tonumber(redis.call('HGET', key, counter) or 0)
  local granted = math.max(next_number, floor)
  u.numbers[counter] = granted + 1
  field(u, key, counter, granted + 1)
  return granted
end

-- The task stays: it runs again, with what it has learned as its payload. A granted number stays with
-- it until it is done or asks for another.
local function run_again(u, t, again)
  local value, delay_ms, counter, floor = unpack(again)
  if value then
    release_payload(u, t)
    keep_payload(u, t, value)
  end
  if counter ~= '' then t.number = grant_number(u, counter, floor) end
  t.attempts, t.deaths = 0, 0
  t.due = delay_ms > 0 and u.now + delay_ms or nil
  offer(u, t)
end

local function finish(u, t)
  if not t.first then release_payload(u, t) end
  release_inputs(u, t)
  t.waits, t.number, t.reason, t.due = nil, nil, nil, nil
  if not t.redo then total(u, t.stage, DONE, 1) end
  move(u, t, 'done')
  if t.group == '' then u.done[#u.done + 1] = string.format('%d:%s', u.now, t.id) end
end

local function complete(u, stage, completion)
  local id, fence, output, specs, facts, group_end, again = unpack(completion)
  local letter, t = verdict(u, id, stage, fence, 'c')
  if letter ~= 'o' then return letter end
  for _, spec in ipairs(specs) do admit(u, spec, id, false) end
  if t.group ~= '' then note_facts(u, t.group, facts) end
  close(t, fence, 'c')
  local fault = not again and feed_fault(u, t)
  if fault then
    count_failure(u, t, true, fault)
    return letter
  end
  if again then
    run_again(u, t, again)
  else
    deliver(u, t, output)
    finish(u, t)
    if group_end ~= '' and t.group ~= '' then end_group(u, t.group, group_end) end
  end
  return letter
end

-- Reads at once what the completions will need.
local function load_for(u, stage, completions)
  local ids = {}
  for _, c in ipairs(completions) do
    ids[#ids + 1] = c[1]
    for _, spec in ipairs(c[4]) do ids[#ids + 1] = spec[1] end
  end
  load(u, ids, stage)
  local targets = {}
  for _, c in ipairs(completions) do
    local t = u.records[c[1]]
    if t and t.feed then targets[#targets + 1] = t.feed end
  end
  if #targets > 0 then load(u, targets) end
end
