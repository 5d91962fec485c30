//! The names in the demo: Uruguayan schools and companies that might buy from ORT.

/// Name, line of business, employees and city of each account.
pub(super) const ACCOUNTS: [(&str, &str, i64, &str); 24] = [
    ("Frigorífico San Jacinto", "Alimentos", 850, "San Jacinto"),
    ("Tienda Montevideo", "Comercio", 120, "Montevideo"),
    ("Cooperativa Lechera del Litoral", "Alimentos", 310, "Paysandú"),
    ("Hotel Rambla Sur", "Hotelería", 64, "Montevideo"),
    ("Estudio Contable Peña & Asociados", "Servicios profesionales", 18, "Montevideo"),
    ("Maderas del Norte", "Forestal", 240, "Rivera"),
    ("Clínica del Prado", "Salud", 95, "Montevideo"),
    ("Transportes Cuñapirú", "Logística", 140, "Tacuarembó"),
    ("Bodega Cerro Chato", "Vitivinicultura", 35, "Canelones"),
    ("Puerto Seco Rivera", "Logística", 70, "Rivera"),
    ("Editorial Banda Oriental Sur", "Editorial", 27, "Montevideo"),
    ("Arroceros Unidos de Treinta y Tres", "Agro", 190, "Treinta y Tres"),
    ("Colegio San Felipe", "Educación", 110, "Montevideo"),
    ("Inmobiliaria Costa de Oro", "Inmobiliaria", 22, "Atlántida"),
    ("Software del Plata", "Tecnología", 85, "Montevideo"),
    ("Farmacia El Águila", "Salud", 40, "Salto"),
    ("Supermercados La Colonial", "Comercio", 460, "Colonia"),
    ("Astilleros del Este", "Industria", 130, "Maldonado"),
    ("Radio Horizonte", "Medios", 16, "Durazno"),
    ("Viveros Santa Rosa", "Agro", 29, "Canelones"),
    ("Banco de Semillas Oriental", "Agro", 55, "Soriano"),
    ("Textil Hilandera", "Industria", 205, "Juan Lacaze"),
    ("Energía Eólica Cuaró", "Energía", 48, "Artigas"),
    ("Turismo Cabo Polonio", "Turismo", 12, "Rocha"),
];

/// What is sold, and for about how much (in pesos).
pub(super) const DEALS: [(&str, i64); 8] = [
    ("Capacitación en ventas", 180_000),
    ("Licencias anuales", 95_000),
    ("Consultoría de procesos", 420_000),
    ("Diplomado para equipos", 260_000),
    ("Implementación de CRM", 780_000),
    ("Soporte y mantenimiento", 60_000),
    ("Curso de datos", 140_000),
    ("Programa de liderazgo", 310_000),
];

/// Why an opportunity went forward to the next open stage.
pub(super) const FORWARD: [&str; 5] = [
    "Pidieron una presentación al directorio",
    "Reunión con la gerencia: hay presupuesto",
    "Aceptaron la propuesta técnica",
    "Visitamos la planta y quedaron interesados",
    "Piden ajustar plazos y forma de pago",
];

/// Why an opportunity was won.
pub(super) const WON: [&str; 4] =
    ["Firmaron el contrato", "Orden de compra recibida", "Aprobado por el directorio", "Pagaron la seña"];

/// Why an opportunity was lost.
pub(super) const LOST: [&str; 4] =
    ["Eligieron a un competidor", "Sin presupuesto este año", "No respondieron más", "Lo harán internamente"];
