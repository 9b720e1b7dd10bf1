#!lua flags=allow-oom
-- Gives a shard back at once.
-- KEYS  1 lease  2 stream   ARGV  1 '<owner>:<epoch>'  2 owner   Returns 1, or 0 when it was not ours.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.pcall('XGROUP', 'DESTROY', KEYS[2], ARGV[2])
return 1
