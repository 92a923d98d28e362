-- One task as Redis stores it: a packed record under :t:<task>. What every task has comes first; what
-- few have is in `more`.
--
--   state     waiting, delayed, ready, leased, done, dead or cancelled
--   since     when it came to that state, ms
--   fence     of the present or last lease; `open` while that lease may still be used: it is so after
--             the deadline too, until another lease is given
--   ended     the last fence that its holder ended, and `how`: 'c' completed, 'f' failed, 'h' handed back
--   payload   a number: that many bytes under :p:<task>; "<sha256>:<size>": a blob; GONE: released or lost
--   more.from     the task that emitted it
--   more.first    it began its group: its payload stays until the group ends
--   more.feed, more.slot     where its output goes
--   more.width, more.waits   inputs in all, and inputs still missing
--   more.released the inputs were released when it was done; their feeders are still known
--   more.redo     it was done before and runs again because something it made was lost
--   more.due      not ready before this, ms
--   more.number   the last number granted
--   more.reason   of the last failure

local GONE = -1

local function encode(t)
  return cmsgpack.pack(t.state, t.stage, t.height, t.group, t.since, t.fence, t.open, t.ended, t.how,
                       t.attempts, t.deaths, t.worker, t.payload, next(t.more) and t.more or false)
end

local function decode(id, raw)
  local ok, state, stage, height, group, since, fence, open, ended, how, attempts, deaths, worker,
        payload, more = pcall(cmsgpack.unpack, raw)
  if not ok or type(state) ~= 'string' or type(stage) ~= 'string' or type(height) ~= 'number' or
     type(group) ~= 'string' or type(since) ~= 'number' or type(fence) ~= 'number' or
     type(ended) ~= 'number' or type(attempts) ~= 'number' or type(deaths) ~= 'number' or
     type(worker) ~= 'string' or payload == nil or more == nil then
    corrupt('the record of task ' .. id)
  end
  return {id = id, state = state, stage = stage, height = height, group = group, since = since,
          fence = fence, open = open, ended = ended, how = how, attempts = attempts, deaths = deaths,
          worker = worker, payload = payload, more = more or {}}
end
