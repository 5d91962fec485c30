// The requests of the Postman collection: every operation at least once, in an order in which each succeeds.
//
// A step names an operation and gives only what its example in the contract can't contain:
//   body    fields that replace those of the example; a text like '{{list:stageIds}}' becomes the list itself
//   query   query parameters that are sent
//   id      the variable for the id in the path
//   as      the variable with the caller's access token (accessToken by default), 'nobody', or 'apiKey'
//   keep    variables taken from the answer, as expressions over `data`
//   status  the expected status, if it is not the operation's success
//   needs   variables that the success depends on: without them any documented status is accepted

const password = '{{password}}';

// The operations of a resource that has nothing of its own: one is made, looked at, changed, and thrown away in the end, so that
// what is unique of it is free again. What belongs to other records is made and listed below each kind of these.
const record = (contract, path) => {
  const one = contract.paths[`/api/v1/${path}/{id}`].get.operationId.replace(/^get/, '');
  const id = `${one[0].toLowerCase()}${one.slice(1)}Id`;
  const collections = Object.entries(contract.paths).filter(([where, item]) => where.endsWith(`/${path}`) && item.post);
  const made = collections.flatMap(([where, { get, post }]) => {
    const [, above] = where.match(/v1\/(.*)\/{id}\//) ?? [];
    const parent = above && { id: `${above.replace(/ies$/, 'y').replace(/s$/, '')}Id` };
    const { example, schema } = post.requestBody.content['application/json'];
    return [
      { operation: post.operationId, ...parent, body: filled(contract, one, example, schema), keep: { [id]: 'data.id' } },
      { operation: get.operationId, ...parent, query: { limit: '5', sort: '-createdAt' } },
    ];
  });
  return [
    ...made,
    { operation: `get${one}`, id },
    { operation: `update${one}`, id },
    { operation: `list${one}History`, id },
    { operation: `delete${one}`, id },
    { operation: `restore${one}`, id },
    { operation: `delete${one}`, title: 'Delete it again', id },
  ];
};

// What the example of a body lacks: a text that is nobody's yet, and the ids of records that are there.
const filled = (contract, one, example, { $ref }) => {
  const { properties, required } = contract.components.schemas[$ref.split('/').pop()];
  const body = {};
  for (const name of new Set([...Object.keys(example), ...required])) {
    const { format, type } = properties[name];
    if (format === 'uuid') body[name] = `{{${name}}}`;
    else if (required.includes(name) && type === 'string') body[name] = `${one} {{run}}`;
  }
  return body;
};

/** What resources that have nothing of their own are walked by: those that can be restored and stand in no other chapter. */
export const others = (contract) => {
  const walked = new Set(chapters.flatMap(({ steps }) => steps.map((step) => step.operation)));
  const steps = Object.entries(contract.paths)
    .filter(([path, item]) => path.endsWith('/{id}/restore') && !walked.has(item.post.operationId))
    .flatMap(([path]) => record(contract, path.split('/')[3]));
  return { name: 'Around the sale', about: 'What the company keeps beside its customers.', steps };
};

export const chapters = [
  {
    name: 'Joining',
    about: 'What nobody in particular may do. The links come from mails; without them the answers are refusals.',
    steps: [
      { operation: 'previewInvitation', as: 'nobody', needs: ['invitationToken'], body: { token: '{{invitationToken}}' } },
      {
        operation: 'acceptInvitation',
        as: 'nobody',
        needs: ['invitationToken'],
        body: { token: '{{invitationToken}}', password },
        keep: { colleagueId: 'data.user.id' },
      },
      { operation: 'forgotPassword', as: 'nobody', body: { email: 'nobody-{{run}}@example.com' } },
      { operation: 'previewPasswordReset', as: 'nobody', needs: ['resetToken'], body: { token: '{{resetToken}}' } },
      {
        operation: 'resetPassword',
        as: 'nobody',
        needs: ['resetToken'],
        body: { token: '{{resetToken}}', newPassword: password },
      },
      {
        operation: 'register',
        as: 'nobody',
        body: { companyName: 'Newcomers {{run}}', email: 'newcomer-{{run}}@example.com', password },
      },
    ],
  },
  {
    name: 'The platform',
    about: 'What a platform administrator does. Skip it without one.',
    steps: [
      {
        operation: 'login',
        title: 'Sign in as the platform',
        as: 'nobody',
        needs: ['platformEmail'],
        body: { email: '{{platformEmail}}', password: '{{platformPassword}}' },
        keep: { platformToken: 'data.accessToken' },
      },
      {
        operation: 'createCompany',
        as: 'platformToken',
        needs: ['platformToken'],
        body: { name: 'Branch {{run}}' },
        keep: { companyId: 'data.id' },
      },
      { operation: 'listCompanies', as: 'platformToken', needs: ['platformToken'] },
      { operation: 'getCompany', as: 'platformToken', needs: ['platformToken'], id: 'companyId' },
      { operation: 'updateCompany', as: 'platformToken', needs: ['platformToken'], id: 'companyId' },
      {
        operation: 'createInvitationInCompany',
        as: 'platformToken',
        needs: ['platformToken'],
        id: 'companyId',
        body: { email: 'branch-{{run}}@example.com' },
      },
      { operation: 'suspendCompany', as: 'platformToken', needs: ['platformToken'], id: 'companyId' },
      { operation: 'reactivateCompany', as: 'platformToken', needs: ['platformToken'], id: 'companyId' },
      { operation: 'listDeadJobs', as: 'platformToken', needs: ['platformToken'] },
      // A working deployment has no dead jobs.
      { operation: 'retryDeadJob', as: 'platformToken', needs: ['platformToken'], id: 'noJob', status: 404 },
    ],
  },
  {
    name: 'Signing in',
    about: 'Sessions, passwords and the company. Everything after this is done with the access token that it keeps.',
    steps: [
      { operation: 'login', title: 'Sign in on another device', as: 'nobody', body: { email: '{{email}}', password } },
      {
        operation: 'login',
        as: 'nobody',
        body: { email: '{{email}}', password },
        keep: { accessToken: 'data.accessToken', userId: 'data.user.id' },
      },
      { operation: 'refreshSession', as: 'nobody', keep: { accessToken: 'data.accessToken' } },
      { operation: 'getMe' },
      { operation: 'listSessions', keep: { sessionId: 'data.find((session) => !session.current).id' } },
      { operation: 'endSession', id: 'sessionId' },
      {
        operation: 'changePassword',
        body: { currentPassword: password, newPassword: '{{otherPassword}}' },
        keep: { accessToken: 'data.accessToken' },
      },
      {
        operation: 'changePassword',
        title: 'Change it back',
        body: { currentPassword: '{{otherPassword}}', newPassword: password },
        keep: { accessToken: 'data.accessToken' },
      },
      { operation: 'getCurrentCompany' },
      { operation: 'updateCurrentCompany' },
      { operation: 'listRoles' },
    ],
  },
  {
    name: 'People and keys',
    about: 'Who may work in the company, and by which keys programs do.',
    steps: [
      { operation: 'createInvitation', body: { email: 'guest-{{run}}@example.com' }, keep: { invitationId: 'data.id' } },
      { operation: 'listInvitations' },
      { operation: 'resendInvitation', id: 'invitationId' },
      { operation: 'revokeInvitation', id: 'invitationId' },
      { operation: 'listUsers', query: { limit: '20', sort: 'name' } },
      { operation: 'updateMe' },
      { operation: 'getUser', needs: ['colleagueId'], id: 'colleagueId' },
      { operation: 'updateUser', needs: ['colleagueId'], id: 'colleagueId' },
      { operation: 'demandPasswordReset', needs: ['colleagueId'], id: 'colleagueId' },
      { operation: 'createApiKey', body: { name: 'Walk {{run}}' }, keep: { apiKeyId: 'data.id', apiKey: 'data.value' } },
      { operation: 'listApiKeys' },
      { operation: 'getCurrentApiKey', as: 'apiKey' },
      { operation: 'getTopAccounts', title: 'The accounts with the most won opportunities, by a key', as: 'apiKey' },
      { operation: 'revokeApiKey', id: 'apiKeyId' },
    ],
  },
  {
    name: 'Selling',
    about: 'Accounts, contacts, a funnel of its own, and an opportunity that moves.',
    steps: [
      { operation: 'createAccount', body: { name: 'Acme {{run}}' }, keep: { accountId: 'data.id' } },
      { operation: 'getAccount', id: 'accountId' },
      { operation: 'updateAccount', id: 'accountId' },
      { operation: 'listAccountHistory', id: 'accountId' },
      { operation: 'listOperations', query: { limit: '5' }, keep: { operationId: 'data[0].id' } },
      { operation: 'getOperation', id: 'operationId' },
      { operation: 'listOperationEvents', id: 'operationId' },
      { operation: 'listAccounts', query: { limit: '5', sort: '-createdAt', count: 'true' } },
      {
        operation: 'createContact',
        body: { email: 'carla-{{run}}@example.com', accountId: '{{accountId}}' },
        keep: { contactId: 'data.id' },
      },
      { operation: 'getContact', id: 'contactId' },
      { operation: 'updateContact', id: 'contactId' },
      { operation: 'listContactHistory', id: 'contactId' },
      { operation: 'listContacts', query: { q: 'car', limit: '5' } },
      { operation: 'listAccountContacts', id: 'accountId' },
      {
        operation: 'createPipeline',
        body: { name: 'Canal {{run}}' },
        keep: { pipelineId: 'data.id' },
      },
      { operation: 'listPipelines' },
      { operation: 'createStage', id: 'pipelineId', body: { name: 'Propuesta' }, keep: { stageId: 'data.id' } },
      { operation: 'getPipeline', id: 'pipelineId', keep: { stageIds: 'data.stages.map((stage) => stage.id).reverse()' } },
      { operation: 'reorderStages', id: 'pipelineId', body: { stageIds: '{{list:stageIds}}' } },
      { operation: 'updateStage', id: 'stageId' },
      { operation: 'updatePipeline', id: 'pipelineId', body: { name: 'Canal sur {{run}}', isDefault: false } },
      {
        operation: 'createOpportunity',
        body: { accountId: '{{accountId}}', contactId: '{{contactId}}', pipelineId: '{{pipelineId}}' },
        keep: { opportunityId: 'data.id' },
      },
      { operation: 'getOpportunity', id: 'opportunityId' },
      { operation: 'updateOpportunity', id: 'opportunityId' },
      { operation: 'createStageChange', id: 'opportunityId', body: { stage: 'Contacto' } },
      { operation: 'listStageChanges', id: 'opportunityId' },
      { operation: 'listOpportunityHistory', id: 'opportunityId' },
      { operation: 'getSchema' },
      { operation: 'listOpportunities', query: { pipelineId: '{{pipelineId}}', board: 'true' } },
      { operation: 'listAccountOpportunities', id: 'accountId' },
      { operation: 'listContactOpportunities', id: 'contactId' },
      { operation: 'deleteStage', id: 'stageId', query: { moveTo: 'Acuerdo', reason: 'Una etapa menos' } },
      {
        operation: 'createStageChange',
        title: 'Win the opportunity',
        id: 'opportunityId',
        body: { stage: 'Acuerdo', reason: 'Firmaron' },
      },
    ],
  },
  {
    name: 'Files',
    about: 'A file goes straight to the store: announced, uploaded, confirmed.',
    steps: [
      {
        operation: 'createAttachment',
        body: {
          entityId: '{{opportunityId}}',
          fileName: 'nota.txt',
          contentType: 'text/plain',
          size: 9,
          sha256: '6f9566ef46386b8cf372671cb9eddff5488256eff5ea5fb99e1041c3e27082bf',
        },
        keep: {
          attachmentId: 'data.id',
          uploadUrl: 'data.upload.url',
          uploadChecksum: "data.upload.headers['x-amz-checksum-sha256']",
        },
      },
      { upload: 'contenido', type: 'text/plain' },
      { operation: 'confirmAttachment', id: 'attachmentId' },
      { operation: 'getAttachment', id: 'attachmentId' },
      { operation: 'listAttachments', query: { entityType: 'OPPORTUNITY', entityId: '{{opportunityId}}' } },
      { operation: 'downloadAttachment', id: 'attachmentId' },
      { operation: 'deleteAttachment', id: 'attachmentId' },
    ],
  },
  {
    name: 'Reports',
    about: 'What was sold.',
    steps: [
      { operation: 'getTopAccounts' },
      { operation: 'getPipelineReport', query: { pipelineId: '{{pipelineId}}' } },
      { operation: 'getStageChangesReport', query: { stage: 'Acuerdo', from: '{{yesterday}}', to: '{{tomorrow}}' } },
    ],
  },
  {
    name: 'The bin, and goodbye',
    about: 'Deleting, restoring, leaving.',
    steps: [
      { operation: 'deleteOpportunity', id: 'opportunityId' },
      { operation: 'restoreOpportunity', id: 'opportunityId' },
      { operation: 'deleteContact', id: 'contactId' },
      { operation: 'restoreContact', id: 'contactId' },
      { operation: 'deleteAccount', id: 'accountId', query: { cascade: 'true' } },
      { operation: 'restoreAccount', id: 'accountId' },
      { operation: 'deleteAccount', title: 'Delete it again', id: 'accountId', query: { cascade: 'true' } },
      { operation: 'deletePipeline', id: 'pipelineId' },
      { operation: 'removeUser', needs: ['colleagueId'], id: 'colleagueId', query: { reassignTo: '{{userId}}' } },
      { operation: 'logout' },
      { operation: 'getMe', title: 'Nobody is signed in any more', status: 401 },
    ],
  },
];
