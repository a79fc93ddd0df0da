"""What Valkey does for a budget, each step whole: the scripts, and what is kept in their two keys."""

from __future__ import annotations

from prentice.limits.store import Script

# The hash: day, month, rows, cost, tokens, month_tokens, rows_aside, cost_aside, tokens_aside.
# The sorted set: what is set aside, as 'id:rows:cost:tokens', by when it counts as spent.
_COMMON = """
local key, open = KEYS[1], KEYS[2]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function aside(member, sign)
  local rows, cost, tokens = string.match(member, ':(%d+):(%d+):(%d+)$')
  for name, n in pairs({rows_aside = rows, cost_aside = cost, tokens_aside = tokens}) do
    if n ~= '0' then redis.call('HINCRBY', key, name, sign .. n) end
  end
  return rows, cost, tokens
end
local function spend(rows, cost, tokens)
  for name, n in pairs({rows = rows, cost = cost, tokens = tokens, month_tokens = tokens}) do
    if n ~= '0' then redis.call('HINCRBY', key, name, n) end
  end
end
"""
# ARGV: member, rows, cost, tokens, day, day after, limits of rows, cost, tokens, month's tokens, life in ms.
# Returns 'fill' where nothing is known of the day; 'no', which, used, aside; or 'ok', and what counts as
# spent from now on because it was never settled: rows, cost, tokens.
RESERVE = Script(
    _COMMON
    + """
local had = redis.call('HMGET', key, 'day', 'rows', 'cost', 'tokens', 'month_tokens',
                       'rows_aside', 'cost_aside', 'tokens_aside')
if not had[1] or had[1] < ARGV[5] or had[1] > ARGV[6] then return 'fill' end
local lost = {0, 0, 0}
local late = redis.call('ZRANGEBYSCORE', open, '-inf', now)
if #late > 0 then
  for _, member in ipairs(late) do
    redis.call('ZREM', open, member)
    local rows, cost, tokens = aside(member, '-')
    spend(rows, cost, tokens)
    lost = {lost[1] + rows, lost[2] + cost, lost[3] + tokens}
  end
  had = redis.call('HMGET', key, 'day', 'rows', 'cost', 'tokens', 'month_tokens',
                   'rows_aside', 'cost_aside', 'tokens_aside')
end
local told = string.format('%.0f %.0f %.0f', lost[1], lost[2], lost[3])
if redis.call('ZSCORE', open, ARGV[1]) then return 'ok ' .. told end
local used = {had[2], had[3], had[4], had[5]}
local kept = {had[6], had[7], had[8], had[8]}
local more = {ARGV[2], ARGV[3], ARGV[4], ARGV[4]}
for i = 1, 4 do
  local u, a, m = tonumber(used[i] or 0), tonumber(kept[i] or 0), tonumber(more[i])
  if m > 0 and u + a + m > tonumber(ARGV[6 + i]) then
    return string.format('no %d %.0f %.0f ', i, u, a) .. told
  end
end
redis.call('ZADD', open, string.format('%.0f', now + ARGV[11]), ARGV[1])
aside(ARGV[1], '')
return 'ok ' .. told
"""
)
# ARGV: member, rows, cost, tokens. A second time it does nothing.
SETTLE = Script(
    _COMMON
    + """
if redis.call('ZREM', open, ARGV[1]) == 0 then return 'gone' end
aside(ARGV[1], '-')
spend(ARGV[2], ARGV[3], ARGV[4])
return 'ok'
"""
)
# ARGV: member, life left in ms. Puts back what a restarted Valkey forgot.
KEEP = Script(
    _COMMON
    + """
if redis.call('ZADD', open, 'NX', string.format('%.0f', now + ARGV[2]), ARGV[1]) == 1 then
  aside(ARGV[1], '')
end
return 'ok'
"""
)
# ARGV: day, day after, month, and what is written down: rows, cost, tokens, month's tokens.
# A day that is behind the one at work changes nothing, one that is far ahead was a wrong clock's.
FILL = Script(
    _COMMON
    + """
local had = redis.call('HMGET', key, 'day', 'month')
local function no_less(name, number)
  local before = tonumber(redis.call('HGET', key, name) or 0)
  if tonumber(number) > before then redis.call('HSET', key, name, number) end
end
if not had[1] or had[1] < ARGV[1] or had[1] > ARGV[2] then
  redis.call('HSET', key, 'day', ARGV[1], 'rows', ARGV[4], 'cost', ARGV[5], 'tokens', ARGV[6])
elseif had[1] == ARGV[1] then
  no_less('rows', ARGV[4]); no_less('cost', ARGV[5]); no_less('tokens', ARGV[6])
else
  return 'behind'
end
if had[2] == ARGV[3] then
  no_less('month_tokens', ARGV[7])
else
  redis.call('HSET', key, 'month', ARGV[3], 'month_tokens', ARGV[7])
end
return 'ok'
"""
)
LOOK = Script("""
local had = redis.call('HMGET', KEYS[1], 'day', 'rows', 'cost', 'tokens', 'month_tokens',
                       'rows_aside', 'cost_aside', 'tokens_aside')
for i = 1, 8 do had[i] = had[i] or '0' end
return table.concat(had, ' ')
""")
REMOVE = Script("redis.call('DEL', KEYS[1], KEYS[2]) return 'ok'")
