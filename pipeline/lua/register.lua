-- The names that the program calls, with what each may do when Redis is full.

local function register(name, callback, flags)
  redis.register_function{function_name = LIBRARY .. '_' .. name, callback = callback, flags = flags}
end

-- While a library is loaded Redis offers no iterators: hence a line for each.
register('enqueue', enqueue, {})
register('exchange', exchange, {'allow-oom'})
register('renew', renew, {'allow-oom'})
register('hand_back', hand_back, {'allow-oom'})
register('fail', fail, {'allow-oom'})
register('lost', lost, {'allow-oom'})
register('sweep', sweep, {'allow-oom'})
register('cancel', cancel, {'allow-oom'})
register('replay', replay, {'allow-oom'})
register('drop', drop, {'allow-oom'})
register('task', show_task, {'no-writes'})
register('dead', show_dead, {'no-writes'})
register('group', show_group, {'no-writes'})
register('groups', show_groups, {'no-writes'})
register('group_tasks', show_group_tasks, {'no-writes'})
register('counts', show_counts, {'no-writes'})
register('bytes', show_bytes, {'no-writes'})
