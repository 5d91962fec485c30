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

/// First name, last name and position of the people at the accounts: the n-th is at the n-th account, and
/// beyond the last account they begin again with the first.
pub(super) const CONTACTS: [(&str, &str, &str); 36] = [
    ("Carla", "Contreras", "Gerenta de compras"),
    ("Diego", "Fagúndez", "Encargado de local"),
    ("Rosario", "Etcheverry", "Directora"),
    ("Sebastián", "Larrosa", "Gerente"),
    ("Inés", "Peña", "Socia"),
    ("Walter", "Silveira", "Jefe de planta"),
    ("Lucía", "Bentancor", "Administradora"),
    ("Ruben", "Acosta", "Jefe de flota"),
    ("Gimena", "Cabrera", "Enóloga"),
    ("Nelson", "Dos Santos", "Gerente de operaciones"),
    ("Mariana", "Oroño", "Editora"),
    ("Hugo", "Techera", "Presidente"),
    ("Paula", "Methol", "Directora"),
    ("Gonzalo", "Rivero", "Socio"),
    ("Florencia", "Iturralde", "Jefa de personas"),
    ("Álvaro", "Núñez", "Químico farmacéutico"),
    ("Verónica", "Saldías", "Gerenta de recursos humanos"),
    ("Marcelo", "Píriz", "Jefe de taller"),
    ("Sofía", "Umpiérrez", "Productora"),
    ("Julio", "Zabala", "Dueño"),
    ("Andrea", "Quintero", "Investigadora"),
    ("Pablo", "Hernández", "Gerente industrial"),
    ("Cecilia", "Moraes", "Jefa de proyectos"),
    ("Óscar", "Vidal", "Dueño"),
    ("Natalia", "Gómez", "Finanzas"),
    ("Ignacio", "Ferrari", "Compras"),
    ("Leticia", "Olaza", "Sistemas"),
    ("Raúl", "Pintos", "Recepción"),
    ("Soledad", "Arbiza", "Contadora"),
    ("Federico", "Machado", "Logística"),
    ("Valentina", "Suárez", "Recursos humanos"),
    ("Mauricio", "Da Rosa", "Sistemas"),
    ("Elena", "Varela", "Compras"),
    ("Jorge", "Ibarra", "Depósito"),
    ("Camila", "Toledo", "Comunicación"),
    ("Rodrigo", "Elizalde", "Finanzas"),
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

/// That it was won by a contract, which is attached then.
pub(super) const SIGNED: &str = "Firmaron el contrato";

/// Why an opportunity was won.
pub(super) const WON: [&str; 7] = [
    SIGNED,
    "Orden de compra recibida",
    "Aprobado por el directorio",
    "Pagaron la seña",
    "Renovaron por otro año tras la prueba",
    "Igualamos el plazo del competidor y cerraron",
    "Lo aprobó la gerencia con un 5 % de descuento",
];

/// Why an opportunity was lost.
pub(super) const LOST: [&str; 8] = [
    "Eligieron a un competidor por precio",
    "Sin presupuesto este año",
    "No respondieron más",
    "Lo harán internamente",
    "Postergado hasta después de la zafra",
    "Cambió la gerencia y frenaron las compras",
    "Necesitaban la entrega antes de lo que podíamos",
    "Se quedaron con su proveedor actual",
];
