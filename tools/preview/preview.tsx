// Renders every dashboard as a page: Grafana's own panels, values and transformations over answers of a real Prometheus.
//
// It is a preview and not Grafana: overrides are applied by hand, bands of states are drawn here, and menus, variables and
// tooltips are left out. The page has `window.dashboards` and `window.answers` from the script that builds it.

import {
  createTheme, DataFrame, dateTime, FieldType, getDisplayProcessor, getFieldDisplayName, standardTransformers,
  standardTransformersRegistry, ThemeContext, toDataFrame, transformDataFrame,
} from '@grafana/data';
import { BigValue, BigValueColorMode, BigValueGraphMode, BigValueTextMode, GlobalStyles, PanelChrome, TimeSeries } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import React, { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { firstValueFrom } from 'rxjs';

interface Answer { place: string; result: Array<{ metric: Record<string, string>; values?: Array<[number, string]>; value?: [number, string] }> }
declare const dashboards: Record<string, any>;
declare const answers: { start: number; end: number; answers: Answer[] };

const WIDTH = 1680;
const CELL = { width: WIDTH / 24, height: 36 };
const theme = createTheme({ colors: { mode: 'dark' } });
const range = { from: dateTime(answers.start * 1000), to: dateTime(answers.end * 1000), raw: { from: 'now-3h', to: 'now' } };

for (const transformer of [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer]) {
  standardTransformersRegistry.register({ id: transformer.id, name: transformer.name, transformation: () => Promise.resolve(transformer) } as any);
}

const legend = (template: string, labels: Record<string, string>) =>
  template.replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '');

function set(target: any, path: string, value: unknown) {
  const parts = path.split('.');
  const last = parts.pop()!;
  const inner = parts.reduce((object, part) => (object[part] ??= {}), target);
  inner[last] = value;
}

/** The frames of a panel, with its field configuration and overrides. */
function frames(board: string, panel: any): DataFrame[] {
  const isTable = panel.type === 'table';
  const found = panel.targets.flatMap((target: any) => {
    const answer = answers.answers.find((answer) => answer.place === `${board}: ${panel.title} (${target.refId})`);
    const series = answer?.result ?? [];
    if (isTable) {
      const names = [...new Set(series.flatMap((one) => Object.keys(one.metric)))];
      const value = panel.targets.length > 1 ? `Value #${target.refId}` : 'Value';
      return [toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: FieldType.time, values: series.map((one) => one.value![0] * 1000) },
          ...names.map((name) => ({ name, type: FieldType.string, values: series.map((one) => one.metric[name] ?? '') })),
          { name: value, type: FieldType.number, values: series.map((one) => Number(one.value![1])) },
        ],
      })];
    }
    return series.map((one) => {
      const points = one.values ?? [one.value!];
      return toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: FieldType.time, values: points.map(([time]) => time * 1000) },
          { name: 'Value', type: FieldType.number, labels: one.metric, values: points.map(([, value]) => Number(value)),
            config: { displayNameFromDS: legend(target.legendFormat, one.metric) } },
        ],
      });
    });
  });
  return found;
}

function configured(panel: any, data: DataFrame[]): DataFrame[] {
  let series = 0;
  for (const frame of data) {
    for (const field of frame.fields) {
      const isValue = field.type === FieldType.number;
      const config: any = structuredClone(isValue || panel.type === 'table' ? panel.fieldConfig.defaults : {});
      field.config = { ...config, ...field.config, custom: config.custom ?? {} };
      for (const override of panel.fieldConfig.overrides) {
        const { id, options } = override.matcher;
        if ((id === 'byFrameRefID' && options === frame.refId && isValue) || (id === 'byName' && options === getFieldDisplayName(field, frame))) {
          override.properties.forEach((property: any) => set(field.config, property.id, property.value));
        }
      }
      if (isValue) {
        field.state = { ...field.state, seriesIndex: series++ };
      }
      field.display = getDisplayProcessor({ field, theme, timeZone: 'utc' });
      field.getLinks = () => [];
    }
  }
  return data;
}

function States({ data }: { data: DataFrame[] }) {
  return (
    <div style={{ display: 'flex', flexDirection: 'column', gap: 2, height: '100%', overflow: 'hidden' }}>
      {data.map((frame, place) => {
        const field = frame.fields[1];
        return (
          <div key={place} style={{ display: 'flex', flex: '0 1 34px', minHeight: 12, alignItems: 'stretch', fontSize: 12 }}>
            <span style={{ width: 190, overflow: 'hidden', whiteSpace: 'nowrap' }}>{field.config.displayNameFromDS}</span>
            {field.values.map((value: number, index: number) => (
              <span key={index} style={{ flex: 1, background: field.display!(value).color }} />
            ))}
          </div>
        );
      })}
    </div>
  );
}

function Content({ board, panel, width, height }: { board: string; panel: any; width: number; height: number }) {
  const [data, setData] = useState<DataFrame[] | null>(null);
  useEffect(() => {
    const raw = frames(board, panel);
    const done = panel.transformations ? firstValueFrom(transformDataFrame(panel.transformations, raw)) : Promise.resolve(raw);
    done.then((shaped) => setData(configured(panel, shaped)));
  }, []);
  if (!data) {
    return null;
  }
  if (!data.some((frame) => frame.length > 0)) {
    return <div style={{ textAlign: 'center', paddingTop: height / 3 }}>{panel.fieldConfig.defaults.noValue ?? 'No data'}</div>;
  }
  switch (panel.type) {
    case 'timeseries':
      return <TimeSeries frames={data} width={width} height={height} timeRange={range} timeZone="utc" legend={panel.options.legend} options={panel.options} />;
    case 'stat':
      return (
        <div style={{ display: 'flex', gap: 4 }}>
          {data.map((frame, place) => {
            const field = frame.fields[1];
            const value = { ...field.display!(field.values[field.values.length - 1]), title: field.config.displayNameFromDS };
            return <BigValue key={place} theme={theme} width={width / data.length - 4} height={height} value={value}
              colorMode={panel.options.colorMode as BigValueColorMode} graphMode={BigValueGraphMode.None} textMode={panel.options.textMode as BigValueTextMode} />;
          })}
        </div>
      );
    case 'table':
      return <TableNG data={data[0]} width={width} height={height} timeRange={range} fieldConfig={panel.fieldConfig} />;
    case 'state-timeline':
      return <States data={data} />;
    default:
      return <div>no preview of {panel.type}</div>;
  }
}

function Board({ name }: { name: string }) {
  const board = dashboards[name];
  const bottom = Math.max(...board.panels.map((panel: any) => panel.gridPos.y + panel.gridPos.h));
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'relative', width: WIDTH, height: bottom * CELL.height + 60, background: theme.colors.background.canvas, color: theme.colors.text.primary }}>
        <h2 style={{ padding: '12px 8px', margin: 0, height: 48 }}>{board.title}</h2>
        {board.panels.map((panel: any) => {
          const { x, y, w, h } = panel.gridPos;
          const place = { position: 'absolute' as const, left: x * CELL.width + 4, top: y * CELL.height + 56, width: w * CELL.width - 8, height: h * CELL.height - 8 };
          if (panel.type === 'row') {
            return <div key={panel.id} style={{ ...place, fontWeight: 500, fontSize: 16 }}>{panel.title}</div>;
          }
          return (
            <div key={panel.id} style={place}>
              <PanelChrome title={panel.title} description={panel.description} width={place.width} height={place.height} padding="md">
                {(width, height) => <Content board={name} panel={panel} width={width} height={height} />}
              </PanelChrome>
            </div>
          );
        })}
      </div>
    </ThemeContext.Provider>
  );
}

createRoot(document.getElementById('root')!).render(<Board name={new URLSearchParams(location.search).get('board')!} />);
