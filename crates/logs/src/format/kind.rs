//! The kinds of logs, and what people call them.

/// Which program wrote a log, and which of its logs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // `name` says it
pub enum Kind {
    NginxAccess,
    NginxError,
    ApacheAccess,
    ApacheError,
    /// The Common or Combined Log Format, which many servers write.
    Combined,
    ModSecurityAudit,
    ModSecurityLine,
    Haproxy,
    Envoy,
    Caddy,
    Traefik,
    Squid,
    Kong,
    Apisix,
    AwsAlb,
    AwsApiGateway,
    AwsCloudFront,
    AwsWaf,
    Cloudflare,
    Iis,
    W3c,
    Journal,
    Json,
    Logfmt,
    /// `Rack::CommonLogger`, which Sinatra, Puma and others use.
    Rack,
    Python,
    Java,
    Node,
    Rails,
    Laravel,
    DotNet,
    Go,
    /// An access log whose columns were inferred from its lines.
    Inferred,
    /// Lines of no known shape, of which only the words are looked at.
    Text,
}

impl Kind {
    /// What people call it: `nginx error log`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::NginxAccess => "nginx access log",
            Kind::NginxError => "nginx error log",
            Kind::ApacheAccess => "Apache access log",
            Kind::ApacheError => "Apache error log",
            Kind::Combined => "access log in the Common or Combined Log Format",
            Kind::ModSecurityAudit => "ModSecurity audit log",
            Kind::ModSecurityLine => "ModSecurity messages",
            Kind::Haproxy => "HAProxy log",
            Kind::Envoy => "Envoy access log",
            Kind::Caddy => "Caddy log",
            Kind::Traefik => "Traefik access log",
            Kind::Squid => "Squid access log",
            Kind::Kong => "Kong log",
            Kind::Apisix => "APISIX log",
            Kind::AwsAlb => "AWS load balancer log",
            Kind::AwsApiGateway => "AWS API Gateway log",
            Kind::AwsCloudFront => "AWS CloudFront log",
            Kind::AwsWaf => "AWS WAF log",
            Kind::Cloudflare => "Cloudflare log",
            Kind::Iis => "IIS log",
            Kind::W3c => "log in W3C extended format",
            Kind::Journal => "systemd journal",
            Kind::Json => "JSON lines",
            Kind::Logfmt => "logfmt",
            Kind::Rack => "Rack access log",
            Kind::Python => "Python log",
            Kind::Java => "Java log",
            Kind::Node => "Node.js log",
            Kind::Rails => "Rails log",
            Kind::Laravel => "Laravel log",
            Kind::DotNet => ".NET log",
            Kind::Go => "Go log",
            Kind::Inferred => "access log of its own format",
            Kind::Text => "text of no known format",
        }
    }

    /// The program, where the kind names one.
    pub fn program(self) -> Option<&'static str> {
        Some(match self {
            Kind::NginxAccess | Kind::NginxError => "nginx",
            Kind::ApacheAccess | Kind::ApacheError => "Apache",
            Kind::ModSecurityAudit | Kind::ModSecurityLine => "ModSecurity",
            Kind::Haproxy => "HAProxy",
            Kind::Envoy => "Envoy",
            Kind::Caddy => "Caddy",
            Kind::Traefik => "Traefik",
            Kind::Squid => "Squid",
            Kind::Kong => "Kong",
            Kind::Apisix => "APISIX",
            Kind::AwsAlb => "AWS Application Load Balancer",
            Kind::AwsApiGateway => "AWS API Gateway",
            Kind::AwsCloudFront => "AWS CloudFront",
            Kind::AwsWaf => "AWS WAF",
            Kind::Cloudflare => "Cloudflare",
            Kind::Iis => "IIS",
            Kind::Rails => "Rails",
            Kind::Laravel => "Laravel",
            _ => return None,
        })
    }
}
