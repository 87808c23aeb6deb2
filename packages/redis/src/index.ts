export { connectRedis, type Redis, type RedisConnection, RedisUnavailable } from './connect.ts';
export { defineScript, type Script } from './script.ts';
