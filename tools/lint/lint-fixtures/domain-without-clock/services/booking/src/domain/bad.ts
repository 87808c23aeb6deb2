export const late = (until: Date) => until < new Date() || until.getTime() < Date.now();
