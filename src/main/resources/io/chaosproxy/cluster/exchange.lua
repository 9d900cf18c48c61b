-- One exchange of a replica with its cluster: it says that it lives and what its links did since the exchange before, and gets
-- the rate of each link until the next one.
--
-- KEYS  1 replicas (sorted set: name by the moment of its expiry), 2 their instances (hash: name to instance), 3 plan (hash with
--       the field version), 4 reports (hash: name to JSON); then for each link its shares (hash) and the replicas that have one
--       (sorted set)
-- ARGV  1 the moment in microseconds, 0 for the server's clock; 2 name of the replica; 3 its instance; 4 microseconds until its
--       leases expire; 5 microseconds that the exchange before took; 6 report of the replica, or empty; then for each link: rate
--       of the whole link in bytes per second; connections that send; bytes since the exchange before; microseconds since then;
--       part of its leases that it used lately; 1 if connections waited for the link
-- gives the version of the plan, or -1 if another instance has the name by now; the number of replicas; the moment in
-- microseconds; and for each link the leased rate and the capacity that it is a part of, in bytes per second
--
-- The shares are max-min fair by the number of connections ("progressive filling", D. Bertsekas and R. Gallager, Data
-- Networks, 1992, 6.5.2), in a form that looks at the caller alone: a replica whose connections wait is greedy, and greedy
-- replicas divide by connections what the modest ones leave. The leases that are valid never exceed the capacity together, so a
-- share grows after others have shrunk. The capacity is the rate, corrected by what was really sent: a token bucket whose level
-- is regulated, so that unused leases are given to others and late ones are made up for. Until a replica says what it sent, it
-- counts as if it used its lease, for else the level would rise and fall with each report.
--
-- A replica uses a lease when the answer has reached it, and the one before until then. So what it did is compared with the
-- leases that it had in that time, a lease that is smaller than the one before counts with the mean of both over the time until
-- the replica asks again, and a replica that is far away has a capacity that is regulated more slowly than its answers travel.

local BUCKET = 0.025  -- seconds of the rate that an unused link saves up
local DEBT = 0.1      -- seconds of the rate that it can be behind
local REGULATE = 0.2  -- seconds in which bucket or debt are worked off
local ROUNDS = 4      -- the least of that, in terms of the time that an exchange takes: with 1 it would oscillate without end
local RESERVE = 0.02  -- part of a busy link that replicas without traffic have together, for their first bytes
local HEADROOM = 1.25 -- lease of a modest replica, in terms of what it sent
local BECOMES = 0.8   -- part of its leases that a replica uses lately if it wants more
local STAYS = 0.4     -- the same of one that wanted more before; it may have had no processor for a while
local KEEP = 60000    -- milliseconds after which a link that no replica uses is forgotten

local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local me, instance, ttl, lag = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]) / 1000000

local function text(number)
  return string.format('%.3f', number)
end

-- Weight if greedy, demand if modest, what its lease counts, and the lease; of a replica that has none, zeros.
local function share(packed)
  if not packed then
    return 0, 0, 0, 0
  end
  local weight, demand, counted, lease = string.match(packed, '^(%S+) (%S+) (%S+) (%S+)$')
  return tonumber(weight), tonumber(demand), tonumber(counted), tonumber(lease)
end

local function sums(link)
  local stored = redis.call('HMGET', link, ' at', ' credit', ' weight', ' demand', ' leased', ' calls')
  local sum = {}
  for i, name in ipairs({'at', 'credit', 'weight', 'demand', 'leased', 'calls'}) do
    sum[name] = tonumber(stored[i] or 0)
  end
  return sum
end

-- The sums anew, now and then, for additions and subtractions leave rounding errors behind.
local function add_up(link, sum)
  sum.weight, sum.demand, sum.leased = 0, 0, 0
  local all = redis.call('HGETALL', link)
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) ~= ' ' then
      local weight, demand, counted = share(all[i + 1])
      sum.weight, sum.demand, sum.leased = sum.weight + weight, sum.demand + demand, sum.leased + counted
    end
  end
end

local function forget(link, sum, name)
  local weight, demand, counted, lease = share(redis.call('HGET', link, name))
  sum.weight, sum.demand, sum.leased = sum.weight - weight, sum.demand - demand, sum.leased - counted
  return counted, lease, weight > 0
end

local function expire(link, members, sum)
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', members, '-inf', now, 'LIMIT', 0, 16)) do
    forget(link, sum, name)
    redis.call('HDEL', link, name)
    redis.call('ZREM', members, name)
  end
end

local function lease(link, members, rate, connections, sent, elapsed, used, waited)
  local sum = sums(link)
  expire(link, members, sum)
  sum.calls = (sum.calls + 1) % 256
  if sum.calls == 0 then
    add_up(link, sum)
  end
  local counted, before, was_greedy = forget(link, sum, me)
  local passed = sum.at == 0 and 0 or math.max(0, now - sum.at) / 1000000
  sum.at = math.max(now, sum.at)
  local unused = before > 0 and counted * elapsed / 1000000 - sent or 0
  sum.credit = sum.credit + (rate - sum.leased - counted) * passed + unused
  sum.credit = math.max(math.min(sum.credit, BUCKET * rate), -DEBT * rate)
  local capacity = math.max(0, rate + sum.credit / math.max(REGULATE, ROUNDS * lag))

  redis.call('ZADD', members, now + ttl, me)
  local replicas = redis.call('ZCARD', members)
  local reserve = RESERVE * capacity / replicas
  local speed = elapsed > 0 and sent * 1000000 / elapsed or 0
  local demand = speed * HEADROOM
  local left = math.max(capacity - sum.demand, 0)
  local level = left / math.max(sum.weight + connections, 1)
  local greedy = connections > 0 and ((waited and used >= (was_greedy and STAYS or BECOMES)) or demand > level * connections)
  local weight, wanted = 0, 0
  if greedy then
    weight, demand = connections, 0
    wanted = level * connections
  else
    local spare = sum.weight > 0 and reserve or math.max(left - demand, 0) / replicas
    wanted = demand + math.max(spare, reserve)
  end
  local granted = math.max(math.min(wanted, capacity - sum.leased), math.min(wanted, reserve), 0)
  counted = granted
  if granted < before then
    counted = granted + (before - granted) * math.min(1, lag * 1000000 / math.max(elapsed, 1))
  end
  sum.weight, sum.demand, sum.leased = sum.weight + weight, sum.demand + demand, sum.leased + counted
  redis.call('HSET', link, me, table.concat({text(weight), text(demand), text(counted), text(granted)}, ' '),
    ' at', string.format('%.0f', sum.at), ' credit', text(sum.credit), ' weight', text(sum.weight),
    ' demand', text(sum.demand), ' leased', text(sum.leased), ' calls', sum.calls)
  redis.call('PEXPIRE', link, KEEP)
  redis.call('PEXPIRE', members, KEEP)
  return text(granted), text(capacity)
end

local known = redis.call('HGET', KEYS[2], me)
if known ~= instance then
  if known and redis.call('ZSCORE', KEYS[1], me) then
    return {-1, 0, 0}
  end
  redis.call('HSET', KEYS[2], me, instance)
end
redis.call('ZADD', KEYS[1], now + ttl, me)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local result = {redis.call('HGET', KEYS[3], 'version') or '0', redis.call('ZCARD', KEYS[1]), string.format('%.0f', now)}
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[4], me, ARGV[6])
end
for i = 5, #KEYS, 2 do
  local a = 7 + (i - 5) / 2 * 6
  result[#result + 1], result[#result + 2] = lease(KEYS[i], KEYS[i + 1], tonumber(ARGV[a]), tonumber(ARGV[a + 1]),
    tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), ARGV[a + 5] == '1')
end
return result
