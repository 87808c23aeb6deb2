/**
 * Areas with a capacity and without seats. Their places are rows of seats (row_label = '', place = seat_label = 1 … capacity, ord after all seats), so that holds,
 * sales and every check know one kind of thing; an area is where its places lie: ord from first_ord on.
 */
export const admissionAreas = {
  name: '0003-admission-areas',
  up: [
    `CREATE TABLE admission_areas (
       event_id uuid NOT NULL REFERENCES events (id),
       position int NOT NULL,
       name text NOT NULL,
       category_id uuid NOT NULL REFERENCES event_categories (id),
       first_ord int NOT NULL CHECK (first_ord >= 0),
       capacity int NOT NULL CHECK (capacity BETWEEN 1 AND 100000),
       PRIMARY KEY (event_id, name)
     )`,
  ],
};
