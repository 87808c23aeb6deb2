import { describe, expect, it } from 'vitest';
import { circuitBreaker } from './circuit-breaker.ts';

describe('circuitBreaker', () => {
  it('lets one probe through after each wait, and the waits double', () => {
    const breaker = circuitBreaker({ baseMs: 1000, maxMs: 3000 });
    expect(breaker.state(0)).toBe('closed');
    breaker.failed(0);
    expect([breaker.state(999), breaker.state(1000)]).toEqual(['open', 'probe']);
    breaker.failed(1000);
    expect([breaker.state(2999), breaker.state(3000)]).toEqual(['open', 'probe']);
    breaker.failed(3000);
    expect([breaker.state(5999), breaker.state(6000)]).toEqual(['open', 'probe']);
  });
  it('counts failures of mails in flight together as one', () => {
    const breaker = circuitBreaker({ baseMs: 1000, maxMs: 60_000 });
    for (let mail = 0; mail < 5; mail += 1) breaker.failed(10);
    expect(breaker.state(1010)).toBe('probe');
  });
  it('closes on success, and says that it was open', () => {
    const breaker = circuitBreaker({ baseMs: 1000, maxMs: 60_000 });
    breaker.failed(0);
    expect([breaker.worked(), breaker.state(1), breaker.worked()]).toEqual([true, 'closed', false]);
  });
  it('opens after so many failures in a row, and admits one to find out', () => {
    const breaker = circuitBreaker({ baseMs: 1000, maxMs: 60_000, after: 3 });
    for (let n = 0; n < 2; n += 1) breaker.failed(0);
    expect([breaker.state(0), breaker.admits(0), breaker.worked()]).toEqual(['closed', true, false]);
    for (let n = 0; n < 3; n += 1) breaker.failed(10);
    expect([breaker.state(11), breaker.admits(11)]).toEqual(['open', false]);
    expect([breaker.admits(1010), breaker.admits(1010)]).toEqual([true, false]);
    breaker.failed(1020);
    expect([breaker.admits(3019), breaker.admits(3020), breaker.admits(3020)]).toEqual([false, true, false]);
    expect([breaker.worked(), breaker.admits(3021), breaker.admits(3021)]).toEqual([true, true, true]);
  });
});
