import { cardsAreSentByTheirCustomersOnly, endsWellWhateverBreaks, endsWellWhoeverIsLate, payAt } from '../test/settlement-suite.ts';

payAt('test');
endsWellWhateverBreaks();
cardsAreSentByTheirCustomersOnly();
endsWellWhoeverIsLate();
