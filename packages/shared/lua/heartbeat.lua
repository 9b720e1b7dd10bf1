#!lua flags=allow-oom
-- Says that a member of a role is alive, forgets those whose heartbeat ran out.
-- KEYS  1 members   ARGV  1 member id  2 time to live in ms ('0' to leave)
-- Returns { Redis' time in ms, run id of Redis, member… }
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', nowMs)
if ARGV[2] == '0' then redis.call('ZREM', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[1], nowMs + tonumber(ARGV[2]), ARGV[1]) end
local answer = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(answer, 1, string.format('%.0f', nowMs))
table.insert(answer, 2, string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'))
return answer
