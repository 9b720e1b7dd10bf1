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
-- Others may read the stream in groups of their own, an archive for example: what they have not taken, or not acknowledged,
-- stays for them, but no longer than this.
local WAIT_MS = 60000
local function trim(stream, own, oldest)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then return 0 end
  local function parts(id)
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    return tonumber(ms), tonumber(seq)
  end
  local function isBefore(a, b)
    local aMs, aSeq = parts(a)
    local bMs, bSeq = parts(b)
    return aMs < bMs or (aMs == bMs and aSeq < bSeq)
  end
  local needed = oldest
  for _, group in ipairs(groups) do
    local name, pending, last = group[2], group[6], group[8]
    if name ~= own then
      if pending > 0 then last = redis.call('XPENDING', stream, name)[2] end
      if isBefore(last, needed) then needed = last end
    end
  end
  if needed ~= oldest then
    local time = redis.call('TIME')
    local limit = string.format('%.0f-0', time[1] * 1000 + math.floor(time[2] / 1000) - WAIT_MS)
    if isBefore(needed, limit) then needed = isBefore(limit, oldest) and limit or oldest end
  end
  return redis.call('XTRIM', stream, 'MINID', '~', needed)
end

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
if ARGV[12] ~= '' then trim(KEYS[4], string.match(ARGV[1], '^(.*):%d+$'), ARGV[12]) end
redis.call('HSET', KEYS[2], 'commit', ARGV[2], 'commit:tag', ARGV[3], 'commit:seq', seq)
return { outcome, seq, s[3] or '' }
