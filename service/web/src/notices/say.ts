// Says in words who hears what and how soon, and what became of a notice.
import { incidentKind } from '../lib/say';
import { store } from '../lib/store.svelte';
import { named, t, tn } from '../lib/words.svelte';
import { weekday } from '../lib/format';
import { severityWord } from '../incidents/say';
import type { ChannelKind, Notice, NoticeFilter, Pace, Recipient, Subscription } from './types';

const DAYS_A_WEEK = 7;
const AT_LEAST_INFO = 'info';

export function channelWord(kind: ChannelKind): string {
  switch (kind) {
    case 'apprise': return t('Mail or chat');
    case 'webhook': return t('Signed webhook');
    case 'alertmanager': return t('Webhook like Alertmanager’s');
  }
}

export function channelMeaning(kind: ChannelKind): string {
  switch (kind) {
    case 'apprise': return t('An Apprise address: mailtos://…, dingtalk://…, wecombot://…, feishu://…');
    case 'webhook': return t('https://… of a gateway; the secret signs each post');
    case 'alertmanager': return t('https://… of whatever takes Alertmanager’s posts; the secret is its bearer token');
  }
}

export function paceWord(pace: Pace): string {
  switch (pace) {
    case 'at_once': return t('at once');
    case 'hourly': return t('each hour, together');
    case 'daily': return t('each day, together');
  }
}

export function filterWord(state: NoticeFilter): string {
  switch (state) {
    case 'all': return t('All');
    case 'waiting': return t('Waiting');
    case 'sent': return t('Sent');
    case 'failed': return t('Failed');
    case 'dropped': return t('Not needed');
  }
}

export function stateWord(notice: Notice): string {
  switch (notice.state) {
    case 'waiting': return notice.attempts ? t('is tried again') : t('waits');
    case 'sending': return t('is being sent');
    case 'sent': return t('sent');
    case 'gathered': return t('in a digest');
    case 'failed': return t('failed');
    case 'dropped': return t('not needed any more');
  }
}

/** What a notice tells, in a line. */
export function toldSaid(notice: Notice): string {
  if (notice.style === 'test') return t('Test');
  if (notice.style === 'digest') return t('Digest');
  const kind = notice.kind ? incidentKind(notice.kind) : '';
  return notice.what === 'resolved' ? t('{kind}, resolved', { kind }) : kind;
}

/** Of which places somebody hears. */
export function scopeSaid(one: Pick<Recipient, 'whole_district' | 'towns' | 'sites'>): string {
  if (one.whole_district) return t('the whole district');
  const towns = one.towns.map((code) => named(store.town(code)) || code);
  const sites = one.sites.map((id) => named(store.sites.find((site) => site.id === id)) || id);
  return [...towns, ...sites].join(t(', '));
}

export function quietSaid(one: Recipient): string {
  if (!one.quiet_from || !one.quiet_to) return t('at any hour');
  const span = { from: one.quiet_from, to: one.quiet_to };
  return one.critical_passes ? t('quiet {from} to {to}, but for what is critical', span) : t('quiet {from} to {to}', span);
}

/** What a subscription asks for, in a line. */
export function subscriptionSaid(one: Subscription): string {
  const what = one.kinds.length ? one.kinds.map(incidentKind).join(t(', ')) : t('everything');
  const said = [what];
  if (one.severity_min !== AT_LEAST_INFO) said.push(t('{severity} or worse', { severity: severityWord(one.severity_min) }));
  if (one.towns.length || one.sites.length) said.push(scopeSaid({ ...one, whole_district: false }));
  if (one.weekdays.length < DAYS_A_WEEK) said.push(one.weekdays.map((day) => weekday(day - 1)).join(' '));
  if (one.from_time !== one.to_time) said.push(t('{from} to {to}', { from: one.from_time, to: one.to_time }));
  said.push(one.pace === 'daily' ? t('each day at {hour}:00', { hour: one.digest_hour }) : paceWord(one.pace));
  if (one.after_minutes) {
    said.push(tn('where nobody took it up for {n} minute', 'where nobody took it up for {n} minutes', one.after_minutes, { n: one.after_minutes }));
  }
  return said.join(t(', '));
}
