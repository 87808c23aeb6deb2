// biome-ignore-all lint/suspicious/noAssignInExpressions: one careless edit a line reads best
import { isRefusal } from '@boxoffice/contracts';
import { arena, paraninfo } from '@boxoffice/venues';
import { describe, expect, it } from 'vitest';
import { placesOf } from './admission.ts';
import type { Fault } from './faults.ts';
import { labelOf, maxSeats, parseSeatingPlan, readSeatingPlan } from './seating-plan.ts';

const seat = (guid: string, number: string, x: number, category: unknown = 'Stalls') => ({
  seat_guid: guid,
  seat_number: number,
  position: { x, y: 0 },
  category,
});
const small = () => ({
  name: 'Small hall',
  categories: [{ name: 'Stalls', color: '#123456' }],
  zones: [
    {
      name: 'Stalls',
      position: { x: 10, y: 20 },
      rows: [{ row_number: 'A', position: { x: 1, y: 2 }, seats: [seat('g1', '1', 0), seat('g2', '2', 28), seat('g3', '3', 56)] }],
    },
  ],
});
type Plan = ReturnType<typeof small>;
/** The small plan after one careless edit. Edits may write any JSON, so the plan is handed over untyped. */
// biome-ignore lint/suspicious/noExplicitAny: the point is to break the shape
const edited = (edit: (plan: any) => unknown): unknown => {
  const plan: Plan = small();
  return edit(plan) ?? plan;
};
const faultsOf = (file: unknown): Fault[] => {
  try {
    parseSeatingPlan(file);
  } catch (error) {
    if (isRefusal(error, 'SEATING_PLAN_INVALID')) return error.refusal.details.faults;
    throw error;
  }
  return [];
};
const first = (plan: { zones: { rows: { seats: object[] }[] }[] }) => plan.zones[0]?.rows[0]?.seats[0] as Record<string, unknown>; // the small plan has one

describe('a seating plan', () => {
  it('puts the real hall in (section, row, place) order, broken into runs at the aisle', () => {
    const plan = parseSeatingPlan(paraninfo());
    expect(plan.seats).toHaveLength(603);
    expect(plan.sections).toEqual(['Stalls', 'Amphitheatre', 'Lower box', 'Upper box']);
    const rowC = plan.seats.filter((s) => s.section === 'Stalls' && s.rowLabel === 'C');
    expect(rowC.map((s) => s.seatLabel).slice(8, 16)).toEqual(['8', '6', '4', '2', '1', '3', '5', '7']);
    expect(rowC.map((s) => s.runNo).slice(8, 16)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(rowC.map((s) => s.place)).toEqual([...rowC.keys()]);
    expect(rowC.map((s) => s.rowNo)).toEqual(rowC.map(() => 2));
  });

  it('sorts a row that runs up the wall along that axis', () => {
    const box = parseSeatingPlan(paraninfo()).seats.filter((s) => s.section === 'Lower box' && s.rowLabel === 'Odd');
    expect(box.map((s) => s.y)).toEqual([...box].map((s) => s.y).sort((a, b) => a - b));
    expect(new Set(box.map((s) => s.runNo))).toEqual(new Set([0]));
  });

  it('adds zone, row and seat offsets', () => {
    expect(parseSeatingPlan(small()).seats.map(({ x, y }) => [x, y])).toEqual([
      [11, 22],
      [39, 22],
      [67, 22],
    ]);
  });

  it('reads as people say it', () => {
    expect(labelOf({ section: 'Stalls', rowLabel: 'C', seatLabel: '14' })).toBe('Stalls C 14');
    expect(labelOf({ section: 'Standing', rowLabel: '', seatLabel: '417' })).toBe('Standing 417');
  });

  it('gives no two seats the same place, also where two zones share a name', () => {
    const zones = small().zones;
    const twin = JSON.parse(JSON.stringify(zones[0]).replaceAll('"g', '"h').replace('"row_number":"A"', '"row_number":"B"'));
    const { seats, sections } = parseSeatingPlan({ ...small(), zones: [...zones, twin] });
    expect(sections).toEqual(['Stalls']);
    expect(seats.map((s) => s.rowNo)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('tells wheelchair places and companion seats from all others', () => {
    const plan = edited((p) => {
      p.zones[0].rows[0].seats[1].kind = 'accessible';
      p.zones[0].rows[0].seats[2].kind = 'companion';
    });
    expect(parseSeatingPlan(plan).seats.map((s) => s.kind)).toEqual(['standard', 'accessible', 'companion']);
  });

  it('may have areas without seats beside its zones, or nothing but areas', () => {
    const areas = [
      { name: 'Standing', category: 'Stalls', capacity: 400 },
      { name: 'Pit', category: 'Stalls', capacity: 1 },
    ];
    expect(parseSeatingPlan({ ...small(), admissionAreas: areas })).toMatchObject({ sections: ['Stalls'], areas });
    const { zones: _, ...field } = small();
    expect(parseSeatingPlan({ ...field, admissionAreas: areas })).toMatchObject({ seats: [], sections: [], areas });
    expect(parseSeatingPlan(small()).areas).toEqual([]);
  });

  it('numbers the places of an area from 1, none beside another', () => {
    const places = placesOf({ name: 'Standing', category: 'Cheap', capacity: 3 });
    expect(places.map(({ section, rowLabel, seatLabel, place, category }) => [section, rowLabel, seatLabel, place, category])).toEqual([
      ['Standing', '', '1', 1, 'Cheap'],
      ['Standing', '', '2', 2, 'Cheap'],
      ['Standing', '', '3', 3, 'Cheap'],
    ]);
    expect(new Set(places.map(({ runNo }) => runNo))).toHaveLength(3);
  });

  it('keeps a category nobody sits in', () => {
    expect(parseSeatingPlan(edited((p) => void p.categories.push({ name: 'Standing' }))).categories).toEqual(['Stalls', 'Standing']);
  });

  it('counts composed and decomposed letters as the same name', () => {
    const plan = edited((p) => {
      p.categories[0].name = 'Caf\u00e9';
      for (const s of p.zones[0].rows[0].seats) s.category = 'Cafe\u0301';
    });
    expect(faultsOf(plan)).toEqual([]);
  });
});

describe('a bad seating plan', () => {
  const seat0 = 'zones[0].rows[0].seats[0]';
  const pit = { name: 'Pit', category: 'Stalls', capacity: 3 };
  const area = (changes: object | null) => edited((p) => void (p.admissionAreas = [changes && { ...pit, ...changes }]));
  const table: [string, unknown, string, RegExp][] = [
    ['nothing', null, '', /object/],
    ['a list', [], '', /object/],
    ['a number', 7, '', /object/],
    ['no name', edited((p) => void delete p.name), 'name', /missing/],
    ['an empty name', edited((p) => void (p.name = '  ')), 'name', /empty/],
    ['no categories', edited((p) => void delete p.categories), 'categories', /missing/],
    ['an empty list of categories', edited((p) => ({ ...p, categories: [], zones: [] })), 'categories', /1 to 200/],
    ['a category listed twice', edited((p) => void p.categories.push({ name: 'Stalls' })), 'categories[1].name', /twice/],
    ['a category that is text', edited((p) => void (p.categories[0] = 'Stalls')), 'categories[0]', /object/],
    ['zones of another type', edited((p) => void (p.zones = {})), 'zones', /array/],
    ['no zones', edited((p) => void (p.zones = [])), 'zones', /no seat/],
    ['no rows', edited((p) => void delete p.zones[0].rows), 'zones[0].rows', /missing/],
    ['rows without seats', edited((p) => void (p.zones[0].rows[0].seats = [])), 'zones', /no seat/],
    ['a zone without a name', edited((p) => void delete p.zones[0].name), 'zones[0].name', /missing/],
    ['a numeric row number', edited((p) => void (p.zones[0].rows[0].row_number = 3)), 'zones[0].rows[0].row_number', /text/],
    ['a zone position without y', edited((p) => void delete p.zones[0].position.y), 'zones[0].position.y', /missing/],
    ['no seat id', edited((p) => void delete first(p).seat_guid), `${seat0}.seat_guid`, /missing/],
    ['a seat that is null', edited((p) => void (p.zones[0].rows[0].seats[0] = null)), seat0, /object/],
    [
      'a seat id used twice',
      edited((p) => void (p.zones[0].rows[0].seats[2].seat_guid = 'g1')),
      'zones[0].rows[0].seats[2].seat_guid',
      /zones\[0\]\.rows\[0\]\.seats\[0\]/,
    ],
    ['a label twice in a row', edited((p) => void (p.zones[0].rows[0].seats[2].seat_number = '1')), 'zones[0].rows[0].seats[2].seat_number', /twice/],
    ['an unknown category', edited((p) => void (first(p).category = 'Royal')), `${seat0}.category`, /"Royal" is not in categories/],
    ['a category named like an object property', edited((p) => void (first(p).category = 'constructor')), `${seat0}.category`, /not in categories/],
    ['a kind nobody knows', edited((p) => void (first(p).kind = 'throne')), `${seat0}.kind`, /standard, accessible, companion/],
    ['a kind that is no text', edited((p) => void (first(p).kind = true)), `${seat0}.kind`, /must be one of/],
    ['a numeric category', edited((p) => void (first(p).category = 1)), `${seat0}.category`, /text/],
    ['a seat without position', edited((p) => void delete first(p).position), `${seat0}.position`, /missing/],
    ['a position as text', edited((p) => void (first(p).position = { x: '1', y: 0 })), `${seat0}.position.x`, /number/],
    ['a seat on the moon', edited((p) => void (first(p).position = { x: 1e300, y: 0 })), `${seat0}.position.x`, /between/],
    [
      'offsets that add up too far',
      edited((p) => {
        p.zones[0].position.x = 99_999;
        first(p).position = { x: 5000, y: 0 };
      }),
      `${seat0}.position`,
      /origin/,
    ],
    ['a very long label', edited((p) => void (first(p).seat_number = 'x'.repeat(21))), `${seat0}.seat_number`, /20 characters/],
    ['a megabyte of label', edited((p) => void (first(p).seat_number = 'x'.repeat(1e6))), `${seat0}.seat_number`, /20 characters/],
    ['a control character', edited((p) => void (first(p).seat_number = '1\u0000')), `${seat0}.seat_number`, /control/],
    ['a mark that turns text around', edited((p) => void (first(p).seat_number = '1\u202e2')), `${seat0}.seat_number`, /control/],
    ['areas of another type', edited((p) => void (p.admissionAreas = {})), 'admissionAreas', /array/],
    ['no areas and no zones', edited((p) => ({ ...p, zones: undefined, admissionAreas: [] })), 'zones', /no seat/],
    ['201 areas', edited((p) => void (p.admissionAreas = Array(201).fill(null))), 'admissionAreas', /at most 200/],
    ['an area that is null', area(null), 'admissionAreas[0]', /object/],
    ['an area without a name', area({ name: undefined }), 'admissionAreas[0].name', /missing/],
    ['an area named twice', edited((p) => void (p.admissionAreas = [pit, pit])), 'admissionAreas[1].name', /twice/],
    ['an area named like a zone', area({ name: 'Stalls' }), 'admissionAreas[0].name', /zone/],
    ['an area of an unknown category', area({ category: 'Royal' }), 'admissionAreas[0].category', /"Royal" is not in categories/],
    ['an area without a capacity', area({ capacity: undefined }), 'admissionAreas[0].capacity', /missing/],
    ['a capacity as text', area({ capacity: '3' }), 'admissionAreas[0].capacity', /number/],
    ['a capacity of 0', area({ capacity: 0 }), 'admissionAreas[0].capacity', /from 1/],
    ['half a place', area({ capacity: 1.5 }), 'admissionAreas[0].capacity', /whole/],
    ['a capacity beyond counting', area({ capacity: 1e300 }), 'admissionAreas[0].capacity', /between/],
    ['more places than a plan may have beside its seats', area({ capacity: maxSeats - 2 }), 'admissionAreas', /99998 places: at most 99997/],
    ['half a character', edited((p) => void (first(p).seat_number = '1\ud800')), `${seat0}.seat_number`, /control/],
  ];

  it.each(table)('with %s is refused with the path of the fault', (_, file, path, message) => {
    const [fault] = faultsOf(file);
    expect(fault?.path).toBe(path);
    expect(fault?.message).toMatch(message);
  });

  it('has all its faults told at once', () => {
    const plan = edited((p) => {
      delete p.name;
      first(p).category = 'Royal';
      p.zones[0].rows[0].seats[1].seat_guid = 'g1';
    });
    expect(faultsOf(plan).map((fault) => fault.path)).toEqual(['name', 'zones[0].rows[0].seats[0].category', 'zones[0].rows[0].seats[1].seat_guid']);
  });

  it('has at most fifty faults told', () => {
    const seats = Array.from({ length: 80 }, (_, i) => seat(`g${i}`, `${i}`, i, 'Royal'));
    expect(faultsOf({ ...small(), zones: [{ name: 'Z', rows: [{ row_number: 'A', seats }] }] })).toHaveLength(50);
  });

  it('of more than 100,000 seats is refused before a seat is read', () => {
    const seats = Array.from({ length: maxSeats + 1 }, () => null);
    expect(faultsOf({ ...small(), zones: [{ name: 'Z', rows: [{ row_number: 'A', seats }] }] })).toEqual([
      { path: 'zones', message: 'hold 100001 seats: at most 100000 are possible' },
    ]);
  });

  it.each(['', '{', '[1,', '\u0000', '['.repeat(1_000_000)])('that is not JSON is refused as a whole', (text) => {
    expect(() => readSeatingPlan(text)).toThrow(
      expect.objectContaining({ refusal: { code: 'SEATING_PLAN_INVALID', details: { faults: [{ path: '', message: 'is not JSON' }] } } }),
    );
  });

  it('changes nothing about objects in general', () => {
    const evil = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"name":"__proto__","categories":[{"name":"__proto__"}],
      "zones":[{"name":"__proto__","rows":[{"row_number":"__proto__","seats":[{"seat_guid":"__proto__","seat_number":"__proto__","category":"__proto__","position":{"x":0,"y":0,"__proto__":{"polluted":1}}}]}]}]}`;
    expect(readSeatingPlan(evil).seats).toHaveLength(1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

it('reads as many as 100,000 seats', () => {
  expect(readSeatingPlan(JSON.stringify(arena(maxSeats))).seats).toHaveLength(maxSeats); // 0.35 s on two shared cores
});
