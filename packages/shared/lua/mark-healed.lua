#!lua flags=allow-oom
-- The router has raised the shard to what PostgreSQL holds: workers may take it during this run of Redis.
-- KEYS  1 router's lease  2 shard   ARGV  1 '<owner>:<epoch>'  2 run id   Returns 1, or 0 without the lease.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'healed', ARGV[2])
return 1
