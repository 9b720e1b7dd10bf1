#!lua flags=allow-oom
-- Makes one conclusion of a worker durable: result, mark and trimmed audio, all or nothing.
--
-- KEYS  1 lease  2 shard  3 session  4 audio  5 results  6 deadlines
-- ARGV  1 '<owner>:<epoch>'  2 commit number  3 commit tag  4 session id  5 incarnation
--       6 kind: '' mark only | 'B' begin | 'S' segment | 'X' error | 'E' end
--       7 body (JSON)  8 meta (JSON or '')  9 mark (JSON)  10 init bytes ('' keeps what is there)
--       11 committed through  12 oldest stream id the shard still needs
-- Returns { outcome, seq (the last one taken, where this commit takes none), gateway id }; outcome is 'ok' | 'done' (this very commit was made before)
--   | 'stale' (the session is gone: nothing stored) | 'lease' | 'number' (the owner must take the shard anew)
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'lease', 0, '' } end
local shard = redis.call('HMGET', KEYS[2], 'commit', 'commit:tag', 'commit:seq')
local last, number = tonumber(shard[1] or '0'), tonumber(ARGV[2])
local s = redis.call('HMGET', KEYS[3], 'incarnation', 'status', 'gateway', 'seq')
if number == last and shard[2] == ARGV[3] then return { 'done', tonumber(shard[3] or '0'), s[3] or '' } end
if number ~= last + 1 then return { 'number', 0, '' } end

local outcome, seq, kind = 'ok', tonumber(s[4] or '0'), ARGV[6]
if s[1] ~= ARGV[5] or s[2] == 'deleted' or s[2] == 'ended' then
  outcome = 'stale'
else
  if kind == 'S' or kind == 'X' or kind == 'E' then seq = redis.call('HINCRBY', KEYS[3], 'seq', 1) end
  if kind ~= '' then
    redis.call('XADD', KEYS[5], '*', 'h', '1|' .. kind .. '|' .. ARGV[4] .. '|' .. ARGV[5] .. '|' .. seq,
      'j', ARGV[7], 'm', ARGV[8])
  end
  redis.call('HSET', KEYS[3], 'mark', ARGV[9], 'committed', ARGV[11])
  if ARGV[10] ~= '' then redis.call('HSET', KEYS[3], 'init', ARGV[10]) end
  if kind == 'E' then
    redis.call('HSET', KEYS[3], 'status', 'finishing')
    redis.call('ZREM', KEYS[6], ARGV[4])
  end
end
if ARGV[12] ~= '' then redis.call('XTRIM', KEYS[4], 'MINID', '~', ARGV[12]) end
redis.call('HSET', KEYS[2], 'commit', ARGV[2], 'commit:tag', ARGV[3], 'commit:seq', seq)
return { outcome, seq, s[3] or '' }
