#!lua flags=allow-oom
-- Trims a stream of a shard that is still ours.
-- KEYS  1 lease  2 stream   ARGV  1 '<owner>:<epoch>'  2 oldest id still needed   Returns entries removed, or -1.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
return redis.call('XTRIM', KEYS[2], 'MINID', '~', ARGV[2])
