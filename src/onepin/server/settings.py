"""Every setting of the server, once: name, parser, default, help. ``Config``, the flags and the docs come from it."""

from collections.abc import Callable
from dataclasses import dataclass

from onepin.contract.scopes import DEFAULT_SCOPES
from onepin.server import setting_values as values

PREFIX = "ONEPIN_"

BRAND = r"[a-z][a-z0-9]{1,15}"
SCOPE = r"[a-z][a-z0-9_-]{0,39}:[a-z][a-z0-9_-]{0,39}"

_brand = values.matching(BRAND, "not 2 to 16 lower-case letters and digits that begin with a letter")
_scope = values.matching(SCOPE, "not <resource>:<verb> in lower case")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    ``parse`` turns its text into the value; it raises ``ValueError`` with a reason. ``default`` is text for ``parse``
    as well; None where the default depends on other settings, and then ``shown_default`` says on what.
    """

    env: str
    parse: Callable[[str], object]
    allowed: str
    help: str
    default: str | None = None
    shown_default: str = ""
    secret: bool = False

    @property
    def field(self) -> str:
        """The field of ``Config``."""
        return self.env.removeprefix(PREFIX).lower()

    @property
    def flag(self) -> str | None:
        """The flag of ``onepin serve``. None for a secret: every user of the machine can read command lines."""
        return None if self.secret else "--" + self.field.replace("_", "-")


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "ONEPIN_HOST",
        values.host,
        "a name or an IPv4 or IPv6 address, without scheme and port",
        "The address to listen on. With local sign-in, a loopback address unless ONEPIN_ALLOW_LOCAL_SIGN_IN is set.",
        "127.0.0.1",
    ),
    Setting(
        "ONEPIN_PORT",
        values.whole_number(0, 65535),
        "0 to 65535; 0 takes a free one",
        "The port to listen on.",
        "8000",
    ),
    Setting(
        "ONEPIN_PUBLIC_URL",
        values.web_address,
        "an http or https URL, such as https://keys.example.com",
        "The URL that clients use, where it differs from host and port (behind a proxy). Links in answers stand on it.",
        shown_default="none: links stand on the Host of the request",
    ),
    Setting(
        "ONEPIN_ALLOWED_HOSTS",
        values.several(values.host_entry),
        "hosts, with a port or without (any port then), separated by commas",
        "The Host headers to answer to. Needed on an address that is not loopback, unless ONEPIN_PUBLIC_URL is set.",
        shown_default="the host of ONEPIN_PUBLIC_URL; on a loopback address also localhost, 127.0.0.1 and [::1]",
    ),
    Setting(
        "ONEPIN_CORS_ORIGINS",
        values.several(values.origin, none="none"),
        "origins such as https://app.example.com, separated by commas, or none",
        "The web pages that may call the API from a browser.",
        shown_default="ONEPIN_CLERK_AUTHORIZED_PARTIES",
    ),
    Setting(
        "ONEPIN_DATA_DIR",
        values.folder_or_file,
        "a path",
        "The folder for everything that onepin keeps by itself: the SQLite database, the pepper, the sign-in key.",
        shown_default="the platform's folder for the data of users' programs, on Linux ~/.local/share/onepin",
    ),
    Setting(
        "ONEPIN_DATABASE_URL",
        values.database_url,
        "sqlite:///<path of a file> or postgresql://<user>:<password>@<host>/<database>",
        "The database.",
        shown_default="sqlite:///<data dir>/onepin.db",
    ),
    Setting(
        "ONEPIN_PEPPER",
        values.pepper,
        "text of 32 bytes or more, or versions as v1:<base64>,v2:<base64>; make one with: openssl rand -base64 32",
        "The secret under which keys are digested. Whoever loses it loses every key; nobody can use a copied database "
        "without it.",
        shown_default="with local sign-in on SQLite, made once and kept in the data folder; needed otherwise",
        secret=True,
    ),
    Setting(
        "ONEPIN_PEPPER_FILE",
        values.folder_or_file,
        "the path of a file that holds what ONEPIN_PEPPER would",
        "The pepper in a file, for secrets that are mounted. Not together with ONEPIN_PEPPER.",
        shown_default="<data dir>/pepper, where it is made",
    ),
    Setting(
        "ONEPIN_SIGN_UP",
        values.one_of("open", "invited"),
        "open or invited",
        "Whether whoever can sign in gets a workspace (open), or only who was invited to one. Needed with Clerk.",
        shown_default="open with local sign-in",
    ),
    Setting(
        "ONEPIN_CLERK_ISSUER",
        values.secure_address,
        "the URL in your tokens' iss, such as https://clerk.example.com; https, no slash at the end",
        "Your Clerk instance (its Frontend API URL). Not set: local sign-in.",
        shown_default="none: local sign-in",
    ),
    Setting(
        "ONEPIN_CLERK_JWKS_URL",
        values.secure_address,
        "an https URL",
        "Where Clerk's public keys are fetched.",
        shown_default="<issuer>/.well-known/jwks.json",
    ),
    Setting(
        "ONEPIN_CLERK_JWT_KEY",
        values.pem,
        "a public key in PEM, as Clerk's dashboard shows it",
        "Clerk's public key itself: no network is needed then. Instead of ONEPIN_CLERK_JWKS_URL.",
        shown_default="none: keys are fetched",
        secret=True,
    ),
    Setting(
        "ONEPIN_CLERK_AUTHORIZED_PARTIES",
        values.several(values.origin),
        "origins such as https://app.example.com, separated by commas",
        "The web pages whose sessions are accepted (the azp of tokens). Needed with ONEPIN_CLERK_ISSUER.",
        shown_default="none",
    ),
    Setting(
        "ONEPIN_CLERK_ALLOW_MISSING_AZP",
        values.boolean,
        "true or false",
        "Accept tokens without azp as well, as native apps have them.",
        "false",
    ),
    Setting(
        "ONEPIN_CLERK_PUBLISHABLE_KEY",
        values.publishable_key,
        "pk_test_… or pk_live_… of your Clerk instance; never the secret key, sk_…",
        "For signing in to the dashboard with Clerk, whose component is loaded from the host that the key names.",
        shown_default="none",
    ),
    Setting(
        "ONEPIN_CLERK_WEBHOOK_SECRET",
        values.matching(r"whsec_[A-Za-z0-9+/=_-]{16,}", "not a webhook signing secret"),
        "whsec_… of the webhook's page in Clerk's dashboard",
        "Takes Clerk's user events at /webhooks/clerk, signed with this: addresses that change, people who are gone.",
        shown_default="none: no webhook",
        secret=True,
    ),
    Setting(
        "ONEPIN_ALLOW_LOCAL_SIGN_IN",
        values.boolean,
        "true or false",
        "Allow local sign-in beside Clerk, and on an address that other machines reach.",
        "false",
    ),
    Setting(
        "ONEPIN_KEY_PREFIX",
        _brand,
        "2 to 16 lower-case letters and digits that begin with a letter",
        "The brand that new keys begin with: pk makes pk_live_… keys.",
        "pk",
    ),
    Setting(
        "ONEPIN_KEY_PREFIXES_ACCEPTED",
        values.several(_brand),
        "brands separated by commas, ONEPIN_KEY_PREFIX among them",
        "The brands of keys that are taken for ours.",
        shown_default="ONEPIN_KEY_PREFIX, pk and op",
    ),
    Setting(
        "ONEPIN_SCOPES",
        values.several(_scope),
        "<resource>:<verb>, separated by commas",
        "The scopes that keys can have, instead of the built-in ones.",
        shown_default="the built-in scopes",
    ),
    Setting(
        "ONEPIN_EXTRA_SCOPES",
        values.several(_scope),
        "<resource>:<verb>, separated by commas",
        "Scopes beside the built-in ones (or beside ONEPIN_SCOPES).",
        shown_default="none",
    ),
    Setting(
        "ONEPIN_DEFAULT_SCOPES",
        values.several(_scope, none="none"),
        "some of the scopes that keys can have, separated by commas, or none",
        "What a key gets whose creator names no scopes.",
        ",".join(DEFAULT_SCOPES),
    ),
    Setting(
        "ONEPIN_DEFAULT_RATE_LIMIT_PER_MIN",
        values.whole_number(1, 1_000_000, none="none"),
        "1 to 1000000, or none",
        "The requests per minute of a key whose creator names no limit.",
        "1000",
    ),
    Setting(
        "ONEPIN_IDEMPOTENCY_SECRET_MINUTES",
        values.whole_number(1, 1440),
        "1 to 1440",
        "For how many minutes a repeated create or rotate with the same Idempotency-Key still gets the secret.",
        "60",
    ),
    Setting(
        "ONEPIN_TRUSTED_PROXIES",
        values.several(values.network),
        "addresses or networks such as 10.0.0.0/8, separated by commas",
        "The proxies whose X-Forwarded-For is believed.",
        shown_default="none",
    ),
    Setting(
        "ONEPIN_FAILURES_PER_MIN",
        values.whole_number(1, 1_000_000, none="none"),
        "1 to 1000000, or none",
        "How often a minute an address may fail to authenticate before its 401 becomes a 429.",
        "100",
    ),
    Setting(
        "ONEPIN_METRICS_TOKEN",
        values.matching(r"[\x21-\x7e]{16,512}", "not a token"),
        "16 to 512 visible ASCII characters",
        "Opens /metrics to whoever sends it as a bearer token. Without it, only this machine may read them.",
        shown_default="none",
        secret=True,
    ),
    Setting(
        "ONEPIN_DRAIN_SECONDS",
        values.seconds(0, 300),
        "0 to 300",
        "On SIGTERM, for how long /ready answers 503 while everything else is still served.",
        shown_default="1 on a loopback address, 5 elsewhere",
    ),
    Setting(
        "ONEPIN_LOG_FORMAT",
        values.one_of("text", "json"),
        "text or json",
        "How a line of the log looks. The log goes to standard error.",
        "text",
    ),
    Setting(
        "ONEPIN_ACCESS_LOG",
        values.one_of("all", "errors", "off"),
        "all, errors or off",
        "Which requests are logged: errors means every answer that is not 2xx, and every management call; "
        "of 401 and 429, which anybody can provoke, at most 100 a second and how many more there were.",
        "errors",
    ),
    Setting(
        "ONEPIN_DOCS_FEEDBACK",
        values.one_of("on", "off"),
        "on or off",
        "Whether pages at /docs ask if they were helpful. Anybody may answer; votes are counted in /metrics.",
        "off",
    ),
)

CLIENT_NAMES = frozenset(
    PREFIX + name for name in ("API_KEY", "TOKEN", "BASE_URL", "WORKSPACE_ID", "PROFILE", "NO_UPDATE_CHECK")
)
"""Variables of the public client, which may share the environment."""

KUBERNETES_PREFIXES = (PREFIX + "SERVICE_", PREFIX + "PORT_")
"""What Kubernetes puts into every pod beside a Service called onepin."""
