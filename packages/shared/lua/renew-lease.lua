#!lua flags=allow-oom
-- KEYS  1 lease   ARGV  1 '<owner>:<epoch>'  2 lease in ms  3 run id of Redis when the lease was taken
-- Returns 1, or 0 when the lease is not ours any more, or was given by an earlier run of Redis.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= ARGV[3] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
