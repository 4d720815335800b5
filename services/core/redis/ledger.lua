#!lua name=rltrader_VERSION
-- The ledger's four functions. VERSION stands for a hash of this file, so that two releases can live side by side.
--
-- Redis never rolls back. So each function reads and checks everything first, and only writes where nothing can fail
-- any more: key types, stored values, stream ids, and the caller's right to each command. Memory and disk errors are
-- checked by the server before the first write of a function.

local LEASE = '^([^|]*)|(%d+)|(%d+)$' -- replica|token|expiresMs; a free lease has no replica

local function refused(rule, reason)
  return {'refused', rule, reason}
end

local function whole(number)
  return string.format('%.0f', number)
end

-- Reads with a command that wants `kind`, which is the cheapest way to check a key's type.
-- Returns the reply, or nil and a reason.
local function typed(kind, command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if string.find(reply.err, 'WRONGTYPE', 1, true) then
    return nil, key .. ' must be a ' .. kind .. ': it is a ' .. redis.call('TYPE', key).ok
  end
  return nil, 'reading ' .. key .. ' must work: ' .. reply.err
end

-- The time of the last id that a stream ever held, trimmed entries too; -1 for a stream that is not there.
-- Returns nil and a reason if the key is no stream.
local function last_ms(key)
  local info = redis.pcall('XINFO', 'STREAM', key)
  if not info.err then
    for index = 1, #info, 2 do
      if info[index] == 'last-generated-id' then
        return tonumber(string.match(info[index + 1], '^(%d+)%-'))
      end
    end
  end
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return -1 end
  return nil, key .. ' must be a stream: it is a ' .. kind .. (info.err and ' (' .. info.err .. ')' or '')
end

-- Reads `count` and that many arguments from `at` on; returns them behind `head`, and where the next list starts.
local function take(args, at, head)
  local count = tonumber(args[at])
  for index = at + 1, at + count do
    head[#head + 1] = args[index]
  end
  return head, at + count + 1
end

-- The revision of an account's control, 0 where there is none. Returns nil and a reason if it cannot be told.
local function control_revision(key)
  local stored, fault = typed('string', 'GET', key)
  if fault then return nil, fault end
  if not stored then return 0 end
  local is_json, control = pcall(cjson.decode, stored)
  if is_json and type(control) == 'table' and type(control.revision) == 'number' then return control.revision end
  return nil, key .. ' must hold a control: it holds ' .. string.sub(stored, 1, 80)
end

-- Checks that a control is still the expected one. Returns a refusal, or nil.
local function outdated(key, expected)
  local revision, fault = control_revision(key)
  if fault then return refused('store', fault) end
  if revision == expected then return nil end
  return refused('control', key .. ' must be at revision ' .. whole(expected) .. ': it is at ' .. whole(revision))
end

-- Commits one bar of one lane.
-- KEYS 1 lane record (string)  2 decisions  3 fills  4 equity (streams)  5 account total  6 leases (hashes)
--      7 control (string)  8 outbox (stream)
-- ARGV 1 symbol  2 barMs  3 expected version, 0 = none stored  4 fencing token  5 record  6 part of the total (JSON)
--      7 revision of the control that it was decided under, 0 = none stored  8 a new control (JSON), '' = none
--      9 most entries of the outbox  10 the order for the venue: count, field, value ..., count 0 = none
--      then the number of fills, and for the decision, the equity entry and each fill: count, field, value ...
-- Returns {'committed'} | {'duplicate'} | {'refused', 'version' | 'fence' | 'control' | 'store', reason}
local function commit(keys, args)
  local lane, total, leases = keys[1], keys[5], keys[6]
  local symbol, bar, expected, fence = args[1], tonumber(args[2]), tonumber(args[3]), args[4]

  local stored, fault = typed('string', 'GET', lane)
  if fault then return refused('store', fault) end
  local version = 0
  if stored then
    local is_json, record = pcall(cjson.decode, stored)
    if not is_json or type(record) ~= 'table' or type(record.barMs) ~= 'number' or type(record.version) ~= 'number' then
      return refused('store', lane .. ' must hold a lane record: it holds ' .. string.sub(stored, 1, 80))
    end
    if bar <= record.barMs then return {'duplicate'} end
    version = record.version
  end
  if version ~= expected then
    return refused('version', lane .. ' must be at version ' .. whole(expected) .. ': it is at ' .. whole(version))
  end

  local lease, damage = typed('hash', 'HGET', leases, symbol)
  if damage then return refused('store', damage) end
  local token = lease and select(2, string.match(lease, LEASE)) or 'none'
  if token ~= fence then
    return refused('fence', 'the token of ' .. symbol .. ' must be the current one, ' .. token .. ': it is ' .. fence)
  end

  local stale = outdated(keys[7], tonumber(args[7]))
  if stale then return stale end

  local id = args[2] .. '-0'
  local order, at = take(args, 10, {'XADD', keys[8], 'MAXLEN', '=', args[9], id})
  local has_order = tonumber(args[10]) > 0
  local streams = {keys[2], keys[3], keys[4], has_order and keys[8] or nil}
  for _, key in ipairs(streams) do
    local last, reason = last_ms(key)
    if reason then return refused('store', reason) end
    if last >= bar then
      return refused('store', key .. ' must end before ' .. args[2] .. ': it ends at ' .. whole(last))
    end
    if not redis.acl_check_cmd('XADD', key, '*', 'json', '') then
      return refused('store', 'this user must be allowed to XADD ' .. key .. ': it is not')
    end
  end
  local _, other = typed('hash', 'HEXISTS', total, symbol)
  if other then return refused('store', other) end
  if not redis.acl_check_cmd('SET', lane, '') or not redis.acl_check_cmd('HSET', total, symbol, '') then
    return refused('store', 'this user must be allowed to SET ' .. lane .. ' and HSET ' .. total .. ': it is not')
  end
  if args[8] ~= '' and not redis.acl_check_cmd('SET', keys[7], '') then
    return refused('store', 'this user must be allowed to SET ' .. keys[7] .. ': it is not')
  end

  local fills = tonumber(args[at])
  local decision, equity, fill
  at = at + 1
  decision, at = take(args, at, {'XADD', keys[2], id})
  equity, at = take(args, at, {'XADD', keys[4], id})
  local entries = {decision, equity, has_order and order or nil}
  for number = 0, fills - 1 do
    fill, at = take(args, at, {'XADD', keys[3], args[2] .. '-' .. whole(number)})
    entries[#entries + 1] = fill
  end

  -- From here on nothing may fail.
  for _, entry in ipairs(entries) do
    redis.call(unpack(entry))
  end
  redis.call('HSET', total, symbol, args[6])
  if args[8] ~= '' then redis.call('SET', keys[7], args[8]) end
  redis.call('SET', lane, args[5])
  return {'committed'}
end

-- Changes an account's control, if nobody else did meanwhile.
-- KEYS 1 control (string)
-- ARGV 1 expected revision, 0 = none stored  2 the new control (JSON)
-- Returns {'changed'} | {'refused', 'control' | 'store', reason}
local function steer(keys, args)
  local stale = outdated(keys[1], tonumber(args[1]))
  if stale then return stale end
  redis.call('SET', keys[1], args[2])
  return {'changed'}
end

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Splits a stored lease; a missing one is free and has token 0. Never guesses: a token must not come back.
local function parse(key, symbol, lease)
  if not lease then return {replica = '', token = 0, expires = 0} end
  local replica, token, expires = string.match(lease, LEASE)
  if not replica then error(key .. ' field ' .. symbol .. ' must be replica|token|expiresMs: it is ' .. lease) end
  return {replica = replica, token = tonumber(token), expires = tonumber(expires)}
end

local function show(lease)
  return lease.replica .. '|' .. whole(lease.token) .. '|' .. whole(lease.expires)
end

-- Renews a replica's leases and moves towards an even share.
-- KEYS 1 leases (hash symbol -> replica|token|expiresMs)  2 replicas (sorted set by expiry)
-- ARGV 1 replica  2 ttl in ms  3.. all symbols, sorted
-- Returns {symbol, token, symbol, token ...} of what the replica leads now
local function renew(keys, args)
  local leases, replicas = keys[1], keys[2]
  local me, expires = args[1], now_ms() + tonumber(args[2])
  local now = expires - tonumber(args[2])

  local symbols, held = {}, {}
  for index = 3, #args do symbols[#symbols + 1] = args[index] end
  local stored, fault = typed('hash', 'HMGET', leases, unpack(symbols))
  if fault then error(fault) end
  local _, other = typed('zset', 'ZSCORE', replicas, me)
  if other then error(other) end
  for index, symbol in ipairs(symbols) do held[index] = parse(leases, symbol, stored[index]) end

  redis.call('ZREMRANGEBYSCORE', replicas, '-inf', whole(now))
  redis.call('ZADD', replicas, whole(expires), me)
  local share = math.ceil(#symbols / redis.call('ZCARD', replicas))

  local changes, led, count = {}, {}, 0
  local function change(index)
    changes[#changes + 1] = symbols[index]
    changes[#changes + 1] = show(held[index])
  end
  for index, lease in ipairs(held) do
    if lease.replica == me and lease.expires > now then
      if count < share then
        count = count + 1
        lease.expires = expires
        led[index] = true
      else
        lease.replica, lease.expires = '', 0
      end
      change(index)
    end
  end
  for index, lease in ipairs(held) do
    -- what it just gave back stays free: count is at its share then
    if count < share and not led[index] and lease.expires <= now then
      count = count + 1
      lease.replica, lease.token, lease.expires = me, lease.token + 1, expires
      led[index] = true
      change(index)
    end
  end
  if #changes > 0 then redis.call('HSET', leases, unpack(changes)) end

  local result = {}
  for index, symbol in ipairs(symbols) do
    if led[index] then
      result[#result + 1] = symbol
      result[#result + 1] = whole(held[index].token)
    end
  end
  return result
end

-- Gives back all leases of a replica and takes it off the list of the living.
-- KEYS 1 leases  2 replicas
-- ARGV 1 replica
-- Returns the number of leases given back
local function release(keys, args)
  local stored, fault = typed('hash', 'HGETALL', keys[1])
  if fault then error(fault) end
  local _, other = typed('zset', 'ZSCORE', keys[2], args[1])
  if other then error(other) end
  local changes = {}
  for index = 1, #stored, 2 do
    local lease = parse(keys[1], stored[index], stored[index + 1])
    if lease.replica == args[1] then
      lease.replica, lease.expires = '', 0
      changes[#changes + 1] = stored[index]
      changes[#changes + 1] = show(lease)
    end
  end
  if #changes > 0 then redis.call('HSET', keys[1], unpack(changes)) end
  redis.call('ZREM', keys[2], args[1])
  return #changes / 2
end

redis.register_function('rltrader_VERSION_commit', commit)
redis.register_function('rltrader_VERSION_steer', steer)
redis.register_function('rltrader_VERSION_renew', renew)
redis.register_function('rltrader_VERSION_release', release)
