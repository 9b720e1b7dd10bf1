#!lua flags=allow-oom
-- The end of a session is in PostgreSQL: from now on it may be forgotten here. Not by a Redis that came back older than it was
-- and may lack the last events: it is to be healed first.
-- KEYS  1 lease  2 session  3 events  4 deadlines
-- ARGV  1 '<owner>:<epoch>'  2 session id  3 incarnation  4 time to live in ms  5 run id of Redis when the lease was taken
-- Returns 1, or 0 when it was not so.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= ARGV[5] then return 0 end
if redis.call('HGET', KEYS[2], 'incarnation') ~= ARGV[3] then return 0 end
if redis.call('HGET', KEYS[2], 'status') == 'deleted' then return 0 end
redis.call('HSET', KEYS[2], 'status', 'ended')
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
redis.call('ZREM', KEYS[4], ARGV[2])
return 1
