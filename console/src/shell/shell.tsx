/** The frame of every page: where one is, where one can go, and whether what one sees is current. */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { CircleHelp, LogOut as LogOutIcon, Moon, Search as SearchIcon, WifiOff } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useConnection } from '../api/connection';
import { useLive } from '../api/live';
import { meQuery, type Role, useWhetherMay } from '../api/me';
import { ConfirmProvider, Dialog } from '../ui/dialog';
import { buttonClasses, PageHead, Since } from '../ui/parts';
import { Empty, Loading } from '../ui/states';
import { ToastProvider } from '../ui/toasts';
import { places, useMyPlaces } from './places';
import { Search } from './search';
import { useShortcuts } from './shortcuts';
import { switchTheme } from './theme';

export function Shell() {
  const [opened, setOpened] = useState<'search' | 'help'>();
  const search = useCallback(() => setOpened('search'), []);
  const help = useCallback(() => setOpened('help'), []);
  const close = useCallback(() => setOpened(undefined), []);
  useShortcuts({ search, help });
  useLive();
  return (
    <ToastProvider>
      <ConfirmProvider>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-card focus:p-2"
        >
          To the content
        </a>
        <div className="md:grid md:min-h-screen md:grid-cols-[13.5rem_1fr]">
          <Sidebar onSearch={search} onHelp={help} />
          <div className="min-w-0">
            <LostBanner />
            <main id="main" tabIndex={-1} className="mx-auto max-w-[96rem] p-4 pb-24 outline-none md:p-6">
              <Content />
            </main>
          </div>
          <BottomBar />
        </div>
        {opened === 'search' && <Search onClose={close} />}
        {opened === 'help' && <Help onClose={close} />}
      </ConfirmProvider>
    </ToastProvider>
  );
}

const linkClasses =
  'flex items-center gap-2.5 rounded-lg px-3 py-2 text-sm text-soft no-underline hover:bg-sunk hover:text-ink data-[status=active]:bg-accent-bg data-[status=active]:font-medium data-[status=active]:text-accent';
const toolClasses =
  'inline-flex size-9 items-center justify-center rounded-lg text-soft hover:bg-sunk hover:text-ink';

function Sidebar({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const mine = useMyPlaces();
  return (
    <header className="flex items-center gap-2 border-b border-line bg-card px-3 py-2 md:sticky md:top-0 md:h-screen md:flex-col md:items-stretch md:border-r md:border-b-0 md:p-3">
      <Link to="/" className="flex items-center gap-2 px-2 py-1 font-semibold text-ink no-underline md:mb-2">
        <img src="/console/favicon.svg" alt="" width={24} height={24} />
        ComfyMux
      </Link>
      <button
        type="button"
        onClick={onSearch}
        className="field flex flex-1 items-center gap-2 text-left text-sm text-soft md:flex-none"
      >
        <SearchIcon size={15} aria-hidden /> Search
        <kbd className="ml-auto hidden rounded border border-line px-1.5 text-xs md:inline">/</kbd>
      </button>
      <nav aria-label="Pages" className="mt-2 hidden flex-1 flex-col gap-0.5 md:flex">
        {mine.map(({ to, name, icon: Icon }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/' }} className={linkClasses}>
            <Icon size={17} aria-hidden /> {name}
          </Link>
        ))}
      </nav>
      <div className="flex md:justify-between">
        <button
          type="button"
          aria-label="Light or dark"
          title="Light or dark"
          className={toolClasses}
          onClick={switchTheme}
        >
          <Moon size={17} aria-hidden />
        </button>
        <LogOut />
        <button
          type="button"
          aria-label="Keys and help"
          title="Keys and help"
          className={toolClasses}
          onClick={onHelp}
        >
          <CircleHelp size={17} aria-hidden />
        </button>
      </div>
    </header>
  );
}

/** Where there is something to leave. */
function LogOut() {
  const { data: me } = useQuery(meQuery);
  if (me?.logged_in !== true) return null;
  return (
    <a href="/login" aria-label="Log out" title="Log out" className={toolClasses}>
      <LogOutIcon size={17} aria-hidden />
    </a>
  );
}

/** On a phone the pages are where the thumb is. */
function BottomBar() {
  const mine = useMyPlaces();
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-40 flex overflow-x-auto border-t border-line bg-card px-1 py-1 md:hidden"
    >
      {mine.map(({ to, name, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === '/' }}
          className="flex min-w-13 flex-1 flex-col items-center gap-0.5 rounded-lg py-1.5 text-center text-[0.65rem] leading-tight text-soft no-underline data-[status=active]:bg-accent-bg data-[status=active]:text-accent"
        >
          <Icon size={18} aria-hidden /> {name.split(' ')[0]}
        </Link>
      ))}
    </nav>
  );
}

function leastFor(pathname: string): Role {
  if (pathname.startsWith('/publish')) return 'operator';
  return places.find(({ to }) => to !== '/' && pathname.startsWith(to))?.least ?? 'read';
}

/** Pages, or the way in. Who has come to a page of others is told so, and nothing is asked for it. */
function Content() {
  const { shutOut } = useConnection();
  const { pathname } = useLocation();
  const least = leastFor(pathname.replace(/^\/console/, ''));
  const mayBeHere = useWhetherMay(least);
  if (!shutOut && least !== 'read') {
    if (mayBeHere === undefined) return <Loading />;
    if (!mayBeHere)
      return <PageHead title={`This page is for the role ${least}.`} sub="Your key may do other things." />;
  }
  if (!shutOut) return <Outlet />;
  return (
    <Empty isPage title="This service wants a key.">
      <p>
        An operator makes one with <code>npm run key</code>.
      </p>
      {/* No page of the console: the whole browser goes there and comes back. */}
      <a
        href={`/login?to=${encodeURIComponent(window.location.pathname)}`}
        className={`${buttonClasses('main')} mt-4`}
      >
        Log in
      </a>
    </Empty>
  );
}

function LostBanner() {
  const { lost, heardAtMs } = useConnection();
  if (!lost) return null;
  return (
    <div
      role="alert"
      className="sticky top-0 z-30 flex items-center gap-2 bg-warn-bg px-4 py-2 text-sm text-warn"
    >
      <WifiOff size={16} aria-hidden />
      <span>
        The service does not answer. What you see is <Since at={new Date(heardAtMs).toISOString()} /> old; it
        comes back by itself.
      </span>
    </div>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  const mine = useMyPlaces();
  const keys = [
    ['/', 'search'],
    ['?', 'this help'],
    ...mine.map(({ key, name }) => [`g ${key}`, name]),
    ['Esc', 'close'],
  ];
  return (
    <Dialog title="Keys and help" onClose={onClose}>
      <dl className="grid grid-cols-[5rem_1fr] gap-y-1.5 text-sm">
        {keys.map(([key, does]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded border border-line bg-sunk px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
            </dt>
            <dd className="text-soft">{does}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-sm text-soft">
        All of this can be done by programs too:{' '}
        <a className="text-accent underline" href="/docs">
          the API
        </a>
        .
      </p>
    </Dialog>
  );
}
