#!lua flags=allow-oom
-- Attaches a gateway to a session: starts it, takes it over (resume, or a repeated start with its token), or restores
-- a session that the gateway holds and that Redis, come back older than it was, may have lost. Sent twice with the same attach id it answers the same and changes nothing.
--
-- KEYS  1 session  2 events  3 audio  4 deadlines  5 shard
-- ARGV  1 'start' | 'resume' | 'restore'   2 session id   3 attach id (random)   4 gateway id   5 hash of the resume token
--       6 user id   7 options (JSON)   8 grace in ms   9 epoch that is replaced, also of a session that has ended ('' when none is known)
--       to restore also: 10 incarnation  11 last seq its client got  12 newest mark that its client was told of, of no
--       later seq (JSON or '')  13 committed through
-- Returns { outcome, incarnation, epoch, committed through, last appended seq, status, gateway before, mark (JSON or ''),
-- seq of the mark, options (JSON or ''), user id }; outcome is
--   'ok' | 'exists' (live, and the token does not fit) | 'unknown' | 'token' | 'epoch' (the current one comes third)
local how, id, attach, gateway, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local s = redis.call('HMGET', KEYS[1], 'status', 'incarnation', 'epoch', 'attach', 'token', 'committed', 'appended', 'options', 'gateway', 'mark', 'seq',
  'started', 'deletion', 'user')
local status, incarnation, epoch = s[1] or '', s[2] or '', s[3] or ''

local function answer(outcome)
  return { outcome, incarnation, epoch, s[6] or '-1', s[7] or '0', status, s[9] or '', s[10] or '', s[11] or '0', s[8] or '', s[14] or '' }
end

if status ~= '' and s[4] == attach then return answer('ok') end
if how == 'start' and s[12] == attach then
  -- The start that began this very incarnation comes again, late: it must not begin another one.
  if status == 'deleted' then return answer('unknown') end
  if status == 'ended' then return answer('ok') end
end

local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local function nextStamp()
  local last = tonumber(redis.call('HGET', KEYS[5], 'last') or '0')
  local number = math.max(last + 1, time[1] * 1000000 + time[2])
  local text = string.format('%.0f', number)
  redis.call('HSET', KEYS[5], 'last', text)
  return text .. '.' .. string.sub(attach, 1, 6)
end

local function openEpoch(options)
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'attach', attach, 'gateway', gateway)
  redis.call('ZADD', KEYS[4], nowMs + tonumber(ARGV[8]), id)
  redis.call('XADD', KEYS[3], '*', 'h', '1|S|' .. id .. '|' .. epoch,
    'd', '{"incarnation":"' .. incarnation .. '","gatewayId":"' .. gateway .. '","options":' .. options .. '}')
end

local gone = status == '' or status == 'deleted'

if how == 'restore' then
  local function number(stamp) return tonumber(string.match(stamp, '^%d+') or '0') end
  if status == 'deleted' or number(incarnation) > number(ARGV[10]) then return answer('unknown') end
  if incarnation ~= ARGV[10] then
    redis.call('DEL', KEYS[1], KEYS[2])
    incarnation, status, epoch = ARGV[10], 'live', ''
    s[5], s[6], s[7], s[8], s[10], s[11] = '', ARGV[13], ARGV[11], ARGV[7], ARGV[12], ARGV[11]
    redis.call('HSET', KEYS[1], 'status', status, 'incarnation', incarnation, 'created',
      string.format('%.0f', math.floor(number(incarnation) / 1000)), 'seq', ARGV[11], 'appended', ARGV[11],
      'mark', ARGV[12], 'committed', ARGV[13])
  end
  -- Newer than what is here, but of the same seq: silence that was passed over. Of a later seq: the router raises that
  -- from PostgreSQL, and then takes this mark (see heal-session.lua).
  local ours, theirs = tonumber(s[11] or '0'), tonumber(ARGV[11])
  if ARGV[12] ~= '' and tonumber(ARGV[13]) > tonumber(s[6] or '-1') then
    if theirs == ours then
      s[6] = ARGV[13]
      redis.call('HSET', KEYS[1], 'mark', ARGV[12], 'committed', ARGV[13])
    elseif theirs > ours then
      redis.call('HSET', KEYS[1], 'told:seq', ARGV[11], 'told:mark', ARGV[12], 'told:committed', ARGV[13])
    end
  end
  if (s[5] or '') == '' then
    -- Lost here, or healed from PostgreSQL, which does not know the token: this gateway does.
    s[5], s[8], s[14] = token, ARGV[7], ARGV[6]
    redis.call('HSET', KEYS[1], 'token', token, 'user', ARGV[6], 'options', ARGV[7])
    ARGV[9] = epoch
  end
end

if how == 'resume' and gone then return answer('unknown') end

if how ~= 'restore' and (gone or (how == 'start' and status == 'ended')) then
  -- An id that was used before: whoever begins it anew has to know of that, and is asked whether it is still wanted. A start
  -- that was held up, whose client has begun, spoken and ended elsewhere meanwhile, must not begin another session.
  if epoch ~= '' and ARGV[9] ~= epoch then return answer('epoch') end
  redis.call('DEL', KEYS[1], KEYS[2])
  epoch = nextStamp()
  incarnation = epoch
  status = 'live'
  s[6], s[7], s[8], s[9], s[10], s[11], s[14] = '-1', '0', ARGV[7], '', '', '0', ARGV[6]
  redis.call('HSET', KEYS[1], 'status', status, 'incarnation', incarnation, 'token', token, 'user', ARGV[6],
    'options', ARGV[7], 'created', string.format('%.0f', nowMs), 'seq', 0, 'appended', 0, 'committed', -1,
    'started', attach)
  -- So that a deletion that comes again, late, does not reach this incarnation.
  if s[13] then redis.call('HSET', KEYS[1], 'deletion', s[13]) end
  openEpoch(ARGV[7])
  return answer('ok')
end

if s[5] ~= token then return answer(how == 'start' and 'exists' or 'token') end

if status ~= 'live' then
  -- Its audio is complete: the socket only wants the events it missed.
  redis.call('HSET', KEYS[1], 'attach', attach, 'gateway', gateway)
  return answer('ok')
end

if ARGV[9] ~= epoch then return answer('epoch') end
epoch = nextStamp()
openEpoch(s[8])
return answer('ok')
