#!/usr/bin/env python3
"""Compares the environment of Cartera's containers with the program's own table of settings.

All variables that docker-compose.yml and deploy/Dockerfile set must be settings of the program, and every setting that
is required with a database URL must be set. The table is docs/generated/configuration.md, which is generated from the code
and checked to be current. Reads the resolved compose file (`docker-compose config`) from standard input.
"""

import re
import sys

CARTERA = ("migrate", "api", "worker")


def table():
    """All settings, and those that are required with a database URL."""
    known, required = set(), set()
    for line in open("docs/generated/configuration.md", encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        name = re.fullmatch(r"`([A-Z][A-Z0-9_]+)`", cells[0])
        if not name:
            continue
        known.add(name[1])
        if "with DATABASE_URL" in cells:
            required.add(name[1])
        known.update(re.findall(r"`([A-Z0-9_]+_FILE)`", line))
    return known, required


def environments(lines):
    """The variables of each service, from a resolved compose file."""
    services, service, inside = {}, None, False
    for line in lines:
        if re.match(r"[a-z]", line):
            inside_services = line.startswith("services:")
            service = None
        elif inside_services and (found := re.match(r"  ([a-z][a-z0-9_-]*):$", line.rstrip())):
            service, inside = found[1], False
            services[service] = set()
        elif service and re.match(r"    [a-z_]+:", line):
            inside = line.strip() == "environment:"
        elif service and inside and (found := re.match(r"      ([A-Z][A-Z0-9_]*):", line)):
            services[service].add(found[1])
    return services


def main():
    known, required = table()
    problems = [] if known and required else ["docs/generated/configuration.md shows no table of settings"]
    services = environments(sys.stdin)
    image = set()
    for line in open("deploy/Dockerfile", encoding="utf-8").read().rpartition("FROM ")[2].splitlines():
        if line.startswith("ENV "):
            image.update(re.findall(r"([A-Z][A-Z0-9_]*)=", line))
    for name in sorted(image - known):
        problems.append(f"deploy/Dockerfile sets {name}, which is no setting")
    for service in CARTERA:
        given = services.get(service, set())
        if not given:
            problems.append(f"docker-compose.yml gives {service} no environment")
        for name in sorted(given - known):
            problems.append(f"docker-compose.yml gives {service} {name}, which is no setting")
        for name in sorted((required | {"DATABASE_URL"}) - given):
            problems.append(f"docker-compose.yml does not give {service} {name}, which it needs")
    for problem in problems:
        print(f"check-deploy: {problem}", file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
