export * from './seat_allocation_pb.ts';
