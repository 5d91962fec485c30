//! The table of routes: the methods that a path allows, for `Allow`, and the route names of requests that ended without
//! an answer.

use utoipa::openapi::{OpenApi, path::PathItem};

use super::{documents, pages};

/// What load balancers and monitoring ask, again and again.
pub(super) const PROBES: [&str; 5] = ["/health", "/healthz", "/livez", "/readyz", "/metrics"];

/// The page that says where things are.
pub(super) const ROOT: &str = "/";
/// The walk through the API, as it is in the repository.
pub(super) const QUICKSTART: &str = "/quickstart";

/// The paths with GET and HEAD that are not in the API document, besides probes and pages: those of the document itself.
const DOCUMENTS: [&str; 3] = ["/docs", "/openapi.json", "/openapi.yaml"];

/// Every route of the API.
#[derive(Debug)]
pub(super) struct RouteTable(Vec<Route>);

#[derive(Debug)]
struct Route {
    pattern: String,
    methods: Vec<&'static str>,
}

impl RouteTable {
    /// The routes in the document, and those of operations.
    pub(super) fn of(document: &OpenApi) -> Self {
        let described = document
            .paths
            .paths
            .iter()
            .map(|(pattern, item)| Route { pattern: pattern.clone(), methods: methods(item) });
        let operations = PROBES
            .iter()
            .chain(&DOCUMENTS)
            .chain(&pages::PATHS)
            .chain(&[ROOT, QUICKSTART, documents::PAGE])
            .map(|path| Route { pattern: (*path).to_owned(), methods: vec!["GET", "HEAD"] });
        Self(described.chain(operations).collect())
    }

    /// The methods that a path allows, if the path exists.
    pub(super) fn allowed(&self, path: &str) -> Option<String> {
        self.find(path).map(|route| route.methods.join(", "))
    }

    /// Whether a path takes a method.
    pub(super) fn takes(&self, path: &str, method: &str) -> bool {
        self.find(path).is_some_and(|route| route.methods.contains(&method))
    }

    /// The pattern of a path.
    pub(super) fn pattern(&self, path: &str) -> Option<&str> {
        self.find(path).map(|route| route.pattern.as_str())
    }

    /// The paths that also match the pattern of another route, with their own methods.
    pub(super) fn ambiguous(&self) -> impl Iterator<Item = (&str, &[&'static str])> {
        let has_fewer_parameters =
            |route: &Route, other: &Route| parameters(&route.pattern) < parameters(&other.pattern);
        self.0
            .iter()
            .filter(move |route| {
                self.0.iter().any(|other| {
                    has_fewer_parameters(route, other) && matches(&other.pattern, &route.pattern)
                })
            })
            .map(|route| (route.pattern.as_str(), route.methods.as_slice()))
    }

    /// The matching route with the fewest parameters: `/users/me` has precedence over `/users/{id}`.
    fn find(&self, path: &str) -> Option<&Route> {
        self.0
            .iter()
            .filter(|route| matches(&route.pattern, path))
            .min_by_key(|route| parameters(&route.pattern))
    }
}

fn parameters(pattern: &str) -> usize {
    pattern.matches('{').count()
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given => {}
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
            _ => return false,
        }
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let methods = [
        ("GET", &item.get),
        // Answered wherever GET is.
        ("HEAD", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
        ("PATCH", &item.patch),
    ];
    methods.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name).collect()
}
