import type { PaymentMethod, SeatPrice } from '@boxoffice/contracts';
import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { z } from 'zod';
import type { FailureReason, Status, Step } from '../domain/payment.ts';

/** A provider's own token of a method, and where the customer goes on. */
export type StoredPayWith = { paymentMethodId: string; returnUrl?: string | undefined };

const properties = {
  id: p.uuid().primary(),
  transactionId: p.uuid(),
  reservationId: p.uuid(),
  eventId: p.uuid(),
  organisationId: p.uuid(),
  userId: p.uuid(),
  amountMinor: p.integer(),
  feeMinor: p.integer(),
  currency: p.string(),
  seats: p.json<z.output<typeof SeatPrice>[]>(),
  status: p.string().$type<Status>(),
  step: p.string().$type<Step>(),
  stepKey: p.string().nullable(),
  stepSince: p.datetime(),
  captured: p.boolean(),
  attempts: p.integer(),
  nextCheckAt: p.datetime(),
  driver: p.uuid().nullable(),
  driverUntil: p.datetime().nullable(),
  payUntil: p.datetime(),
  method: p.string().$type<PaymentMethod>(),
  provider: p.string(),
  accountId: p.uuid().nullable(),
  reference: p.string().nullable(),
  cardLast4: p.string().nullable(),
  providerReference: p.string().nullable(),
  /** While it is authorised: what its confirm is sent (again) with. */
  payWith: p.json<StoredPayWith>().nullable(),
  actionUrl: p.string().nullable(),
  failureReason: p.string().$type<FailureReason>().nullable(),
  cancellationId: p.uuid().nullable(),
  createdAt: p.datetime(),
};

/** A payment's row. The ORM reads it; every change is a conditional statement beside this file. */
export const TransactionEntity = defineEntity({ name: 'Transaction', tableName: 'transactions', properties });
export type Transaction = InferEntity<typeof TransactionEntity>;

const columnOf = (property: string): string => property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A select list that reads these properties from the columns of `alias` that are named like them. */
export const selectList = (alias: string, names: readonly string[]): string =>
  names.map((name) => `${alias}.${columnOf(name)} AS "${name}"`).join(', ');

/** A select list that reads a row of `alias` in the entity's shape. */
export const transactionColumns = (alias: string): string => selectList(alias, Object.keys(properties));

/** A payment that one driver moves on: until `driverUntil` nobody else may. */
export interface Driven {
  payment: Transaction;
  driver: string;
  /** The row of payment_steps that waits for the answer. */
  askId: number;
  /** The database's clock when the question was written. */
  askedAt: Date;
}

type DrivenRow = Transaction & { askId: number; askedAt: Date };

/** A row of a statement that leased or moved a payment. */
export const drivenOf = (driver: string, { askId, askedAt, ...payment }: DrivenRow): Driven => ({ payment, driver, askId, askedAt });
export type { DrivenRow };

/** When the money of payment `t` was captured: older rows do not tell, for them it is when the payment was decided. */
export const capturedAt = 'coalesce(t.captured_at, t.settled_at, t.step_since)';
