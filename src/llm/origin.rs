//! Where a URL leads: the origin a key is bound to, and which hosts are on this machine or network.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// Scheme, host and port: what a key is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Box<str>,
    host: Box<str>,
    port: u16,
}

impl Origin {
    /// The origin of a URL; `None` unless it is http or https with a host.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        Some(Self {
            scheme: url.scheme().into(),
            host: url.host_str()?.trim_end_matches('.').into(),
            port: url.port_or_known_default()?,
        })
    }

    /// Whether what is sent there is readable on the way.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        &*self.scheme == "http"
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.ip() {
            Some(ip) => ip.is_loopback(),
            None => &*self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// Whether the host is this machine or one that public DNS cannot name: a private address, a
    /// name without a dot, `.local`, `.internal`.
    #[must_use]
    pub fn is_private(&self) -> bool {
        match self.ip() {
            Some(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
            Some(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
            None => {
                self.is_loopback()
                    || !self.host.contains('.')
                    || self.host.ends_with(".local")
                    || self.host.ends_with(".internal")
            }
        }
    }

    fn ip(&self) -> Option<IpAddr> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Url::parse(text)
            .ok()
            .and_then(|url| Self::of(&url))
            .ok_or_else(|| "A host is written as scheme and name, for example https://api.example.org.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn the_port_and_the_scheme_are_part_of_it() {
        assert_eq!(origin("https://a.org"), origin("https://A.org.:443/v1?x=1#y"));
        assert_ne!(origin("https://a.org"), origin("http://a.org:443"));
        assert_ne!(origin("https://a.org"), origin("https://a.org:8443"));
        assert!("file:///etc/passwd".parse::<Origin>().is_err());
    }

    #[test]
    fn private_and_public_hosts() {
        for private in [
            "http://127.0.0.1:1",
            "http://[::1]:8080",
            "http://localhost:1234",
            "http://10.1.2.3",
            "http://192.168.1.9:8000",
            "http://[fd00::1]",
            "http://[::ffff:10.0.0.1]",
            "http://gpu-box:8000",
            "http://spark.local",
        ] {
            assert!(origin(private).is_private(), "{private}");
        }
        for public in [
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://api.example.org",
            "http://localhost.example.org",
            "http://[2001:4860::1]",
        ] {
            assert!(!origin(public).is_private(), "{public}");
        }
        assert!(origin("http://127.9.9.9").is_loopback());
        assert!(!origin("http://10.0.0.1").is_loopback());
    }
}
