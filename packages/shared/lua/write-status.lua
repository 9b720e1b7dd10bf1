#!lua flags=allow-oom
-- What a member of a role says of itself: also when Redis is full, which is when somebody looks.
-- KEYS  1 status   ARGV  1 JSON  2 time to live in ms   Returns 1.
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
