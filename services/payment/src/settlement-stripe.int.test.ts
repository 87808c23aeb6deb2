import { endsWellWhateverBreaks, endsWellWhoeverIsLate, payAt } from '../test/settlement-suite.ts';

payAt('stripe');
endsWellWhateverBreaks();
endsWellWhoeverIsLate();
