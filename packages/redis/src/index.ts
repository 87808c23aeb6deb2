export type { Redis } from 'ioredis';
export { type ConnectRedisOptions, connectRedis, type RedisConnection } from './connect.ts';
export { RedisUnavailable } from './redis-unavailable.ts';
export { defineScript, type Script, type ScriptDefinition } from './script.ts';
