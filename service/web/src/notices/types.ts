// Who hears what, and what was told, as /api/v1 says it.
import type { IncidentKind } from '../lib/types';

export type Language = 'zh' | 'en';
export type ChannelKind = 'apprise' | 'webhook' | 'alertmanager';
export type Pace = 'at_once' | 'hourly' | 'daily';
export type Severity = 'info' | 'warning' | 'critical';
export type NoticeState = 'waiting' | 'sending' | 'sent' | 'gathered' | 'failed' | 'dropped';
export type NoticeFilter = 'all' | 'waiting' | 'sent' | 'failed' | 'dropped';

export interface Recipient {
  id: number; name: string; language: Language; whole_district: boolean;
  towns: string[]; sites: string[]; quiet_from: string | null; quiet_to: string | null;
  critical_passes: boolean; hourly_max: number; is_active: boolean;
}
export interface Channel {
  id: number; recipient_id: number; kind: ChannelKind; name: string; address: string;
  has_secret: boolean; is_active: boolean; failing_since: string | null; trouble: string;
}
export interface Subscription {
  id: number; recipient_id: number; channel_id: number | null; towns: string[]; sites: string[];
  kinds: IncidentKind[]; severity_min: Severity; weekdays: number[]; from_time: string;
  to_time: string; pace: Pace; digest_hour: number; after_minutes: number; ends: boolean;
}
export interface Maintenance {
  id: number; place: string; place_name_zh: string; place_name_en: string;
  from_at: string; until_at: string; reason: string; state: 'planned' | 'running' | 'over';
}
export interface Notice {
  id: string; state: NoticeState;
  style: 'at_once' | 'hourly' | 'daily' | 'quiet' | 'maintenance' | 'flood' | 'digest' | 'test';
  recipient_id: number; recipient_name: string | null;
  channel_id: number; channel_name: string | null; channel_kind: ChannelKind | null;
  incident_id: number | null; kind: IncidentKind | null; place: string;
  place_name_zh: string; place_name_en: string; severity: Severity; what: string | null;
  level_minutes: number; made_at: string; due_at: string; sent_at: string | null;
  attempts: number; reason: string; digest_id: string | null;
}
