#!lua flags=allow-oom
-- The router has raised the shard to what PostgreSQL holds: workers may take it during this run of Redis, until the run is found to
-- be the master again after another one (see forget-healing.lua).
-- KEYS  1 router's lease  2 shard   ARGV  1 '<owner>:<epoch>'  2 run id   Returns 1, or 0 without the lease.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[2], 'healed') == ARGV[2] then return 1 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], 'healed', ARGV[2], 'healed:at', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
return 1
