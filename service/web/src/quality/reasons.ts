// The reasons for which a message is set aside: what each means, and what to do about it.
import { t } from '../lib/words.svelte';
import type { Fate } from './types';

export function reasonWord(reason: string): string {
  switch (reason) {
    case 'too_large': return t('too large');
    case 'not_json': return t('not JSON');
    case 'unknown_topic': return t('topic unknown');
    case 'unknown_type': return t('message type unknown');
    case 'wrong_shape': return t('fields missing or out of range');
    case 'wrong_identity': return t('identity inconsistent');
    case 'forged': return t('forged under another name');
    case 'unknown_kiosk': return t('kiosk not registered');
    case 'unknown_item': return t('item unknown');
    case 'clock_ahead': return t('from the future: clock ahead');
    case 'clock_ancient': return t('too long ago: clock wrong');
    case 'conflict': return t('contradicts a kept record');
    case 'our_error': return t('our own error');
    default: return reason;
  }
}

export function reasonMeaning(reason: string): string {
  switch (reason) {
    case 'too_large': return t('The message is larger than any message of a kiosk can be.');
    case 'not_json': return t('The message cannot be read: it was cut off, garbled, or is no message of a kiosk at all.');
    case 'unknown_topic': return t('The message went to an address where we expect none.');
    case 'unknown_type': return t('The message tells of something that this service does not know.');
    case 'wrong_shape': return t('A field is missing, or has a value that cannot be, such as minus three boxes.');
    case 'wrong_identity': return t('The number, kiosk and epoch in the message do not agree with each other.');
    case 'forged': return t('The message came on the line of one kiosk in the name of another.');
    case 'unknown_kiosk': return t('The kiosk is not registered here.');
    case 'unknown_item': return t('The item is not in the list of items.');
    case 'clock_ahead': return t('By its own clock this has yet to happen.');
    case 'clock_ancient': return t('By its own clock this happened before such kiosks were built: the clock has lost the time.');
    case 'conflict': return t('The same record had come before with other content. The first is kept and counted.');
    case 'our_error': return t('Our own program made a mistake with this message.');
    default: return t('This page is older than the service and does not know this reason.');
  }
}

export function reasonTodo(reason: string): string {
  switch (reason) {
    case 'too_large':
    case 'wrong_shape':
    case 'wrong_identity': return t('Show the message to the maker of the kiosk. If the mistake was ours, try again once it is mended.');
    case 'not_json': return t('Once in a while this is nothing. If one kiosk does it often, show the message to its maker.');
    case 'unknown_topic':
    case 'unknown_type': return t('Try again after the service has been brought up to date. If it stays, ask the maker of the kiosk.');
    case 'forged': return t('Check the accounts at the broker: each kiosk needs its own password, and no other may use it.');
    case 'unknown_kiosk': return t('Register the kiosk, then try again: its records are then counted.');
    case 'unknown_item': return t('Add the item to the list, then try again: the records are then counted.');
    case 'clock_ahead':
    case 'clock_ancient': return t('Have the clock of the kiosk set. Its records are counted again from then on; these stay here on record.');
    case 'conflict': return t('Have the kiosk looked at: its memory may be damaged, or two kiosks share one name.');
    case 'our_error': return t('Tell whoever runs the service, and try again once it is mended.');
    default: return t('Reload the page.');
  }
}

/** Why trying again cannot change anything, where that is so: what was heard first, and when, stands. */
export function reasonNever(reason: string): string {
  switch (reason) {
    case 'conflict': return t('Trying again changes nothing: the record that came first stands.');
    case 'clock_ahead':
    case 'clock_ancient': return t('Trying again changes nothing: the time that the kiosk said stands.');
    default: return '';
  }
}

export function fateWord(fate: Fate | null): string {
  switch (fate) {
    case 'booked': return t('now counted');
    case 'known': return t('was counted already');
    case 'past': return t('readable, but long past');
    default: return '';
  }
}
